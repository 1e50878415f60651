import type { Evaluator } from './spec.ts'

/** The least score with which an answer passes: rules say yes or no, and others go by degrees. */
export function passAtOf({ type, passAt }: Pick<Evaluator, 'type' | 'passAt'>): number {
  if (passAt !== undefined) return passAt
  return type === 'judge' || type === 'marks' || type === 'seo' || type === 'voice' ? 0.7 : 1
}
