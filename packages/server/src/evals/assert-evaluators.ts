import { type ErrorIssue, messageOf, NeonHubError } from '../base/errors.ts'
import { safePattern } from './rules/safe-pattern.ts'
import { safeSchema } from './rules/safe-schema.ts'
import type { Evaluator } from './spec.ts'

/** Checks what a contract cannot: that patterns and schemas can be used. Throws `evals.evaluator_invalid`. */
export function assertEvaluators(evaluators: readonly Evaluator[]): void {
  const issues = evaluators.flatMap((evaluator, index): readonly ErrorIssue[] => {
    try {
      if (evaluator.type === 'regex') safePattern(evaluator.pattern)
      if (evaluator.type === 'schema') safeSchema(evaluator.schema)
      return []
    } catch (error) {
      if (!(error instanceof NeonHubError)) throw error
      const place = evaluator.type === 'regex' ? 'pattern' : 'schema'
      return [{ path: `evaluators[${index}].${place}`, message: messageOf(error) }]
    }
  })
  if (issues.length === 0) return
  const told = issues.map(({ path, message }) => `${path}: ${message}`).join('; ')
  throw new NeonHubError('evals.evaluator_invalid', `Some evaluators cannot be used: ${told}`, {
    kind: 'invalid',
    issues,
  })
}
