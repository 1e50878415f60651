import { Problem, type ProblemIssue } from '@neonhub/contract'

/** A failure as the screens show it. `status` is 0 where no answer came. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly hint: string | undefined
  readonly issues: readonly ProblemIssue[]
  readonly requestId: string | undefined

  constructor(problem: Pick<Problem, 'status' | 'code' | 'detail'> & Partial<Problem>, options?: ErrorOptions) {
    super(problem.detail, options)
    this.name = 'ApiError'
    this.status = problem.status
    this.code = problem.code
    this.hint = problem.hint
    this.issues = problem.issues ?? []
    this.requestId = problem.requestId
  }

  /** Whether the same request may succeed in a moment without a change. */
  get retryable(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 502
  }
}

/** Makes an error of an answer that is none of success: its problem details (RFC 9457), or what can be said without. */
export async function readProblem(response: Response): Promise<ApiError> {
  const text = await response.text()
  const problem = Problem.safeParse(parseJson(text))
  if (problem.success) return new ApiError(problem.data)
  return new ApiError({
    status: response.status,
    code: 'web.unexpected_answer',
    detail: `The server answered ${response.status} ${response.statusText}`.trim(),
    hint: 'Something between this page and NeonHub may have answered: a proxy, or another program on this port.',
  })
}

/** The value of a JSON text; undefined where it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // JSON.parse tells a malformed text only by throwing.
    return undefined
  }
}

/** An error for a request that got no answer at all. */
export function unreachable(cause: unknown): ApiError {
  return new ApiError(
    {
      status: 0,
      code: 'web.unreachable',
      detail: 'The server does not answer',
      hint: 'Check that NeonHub is running and that this device is online, then try again.',
    },
    { cause },
  )
}

/** Anything that was thrown, as an error that can be shown. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  const detail = error instanceof Error ? error.message : String(error)
  return new ApiError(
    { status: 0, code: 'web.defect', detail, hint: 'This is a defect of the page. Reload it to go on.' },
    { cause: error },
  )
}
