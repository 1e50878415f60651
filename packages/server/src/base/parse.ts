import { z } from 'zod'
import { type ErrorIssue, NeonHubError } from './errors.ts'

/** The issues of a zod error as paths (`posts[0].text`) and reasons. */
export function issuesOf(error: z.ZodError): readonly ErrorIssue[] {
  return error.issues.map((issue) => ({ path: z.core.toDotPath(issue.path) || '(root)', message: issue.message }))
}

/**
 * Parses `value`, or throws an `invalid` error that names each wrong place.
 * `what` begins the message: "The brief does not fit its schema: …".
 */
export function parseOrThrow<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  { code, what, hint }: { code: string; what: string; hint?: string },
): z.output<Schema> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const issues = issuesOf(result.error)
  const reasons = issues.map((issue) => `${issue.path}: ${issue.message}`).join('; ')
  throw new NeonHubError(code, `${what} does not fit its schema: ${reasons}`, {
    kind: 'invalid',
    issues,
    ...(hint === undefined ? {} : { hint }),
  })
}
