import type { Connection } from '@neonhub/contract'
import { plainText } from './format.ts'

/** The circuit breaker of a connection or of a model's provider, in words. */
export function formatBreaker({ faults, openUntil, error }: NonNullable<Connection['breaker']>): string {
  const isPaused = openUntil !== undefined && Date.parse(openUntil) > Date.now()
  return `${isPaused ? `paused until ${openUntil}: ` : ''}${faults} failed in a row, the last with: ${plainText(error)}`
}
