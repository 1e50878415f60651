import { z } from 'zod'

/** One wrong place of a request: `body.input.posts[0]`, and why. */
export const ProblemIssue = z.object({ path: z.string(), message: z.string() })
export type ProblemIssue = z.output<typeof ProblemIssue>

/** The body of every error (RFC 9457), with media type `application/problem+json`. */
export const Problem = z.object({
  /** `about:blank`: the problem is told by `code`, which is stable; `title` is that of the status. */
  type: z.string(),
  title: z.string(),
  status: z.number().int().min(400).max(599),
  /** What is wrong and where. */
  detail: z.string(),
  /** `room.reason`; programs decide by this one. */
  code: z.string(),
  /** What to do about it. */
  hint: z.string().optional(),
  issues: z.array(ProblemIssue).optional(),
  /** Names the request in the server's log. */
  requestId: z.string().optional(),
})
export type Problem = z.output<typeof Problem>

/** What a run, step or call keeps of its failure. */
export const RecordedError = z.object({
  code: z.string(),
  message: z.string(),
  hint: z.string().optional(),
  retryable: z.boolean(),
})
export type RecordedError = z.output<typeof RecordedError>
