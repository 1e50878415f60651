/** What a failure is about. The table `errorStatus` gives each its HTTP status, so this set is closed. */
export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'too_large'
  | 'rate_limited'
  | 'unavailable'
  | 'refused'
  | 'internal'

/** HTTP status of each kind of failure (RFC 9110, RFC 6585). `refused` is a provider that answered no. */
export const errorStatus = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_large: 413,
  rate_limited: 429,
  unavailable: 503,
  refused: 502,
  internal: 500,
} as const satisfies Record<ErrorKind, number>

/** One place in an input that is wrong: a JSON pointer-like path and the reason. */
export interface ErrorIssue {
  readonly path: string
  readonly message: string
}

export interface ErrorOptions {
  readonly kind: ErrorKind
  /** What the reader can do about it, as a sentence. */
  readonly hint?: string
  /** Whether the same call may succeed later without a change. */
  readonly retryable?: boolean
  /** Earliest useful retry, in milliseconds from now, as the provider told it. */
  readonly retryAfterMs?: number
  readonly issues?: readonly ErrorIssue[]
  readonly cause?: unknown
}

/**
 * The one error that passes a room's door. `code` is `room.reason` in lower snake case and is part of the public API;
 * `message` says what is wrong and where, `hint` what to do.
 */
export class NeonHubError extends Error {
  readonly code: string
  readonly kind: ErrorKind
  readonly hint: string | undefined
  readonly retryable: boolean
  readonly retryAfterMs: number | undefined
  readonly issues: readonly ErrorIssue[]

  constructor(code: string, message: string, options: ErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'NeonHubError'
    this.code = code
    this.kind = options.kind
    this.hint = options.hint
    this.retryable = options.retryable ?? false
    this.retryAfterMs = options.retryAfterMs
    this.issues = options.issues ?? []
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** What the journal keeps of a failure: never a stack, which may carry a secret. */
export interface RecordedError {
  readonly code: string
  readonly message: string
  readonly hint?: string
  readonly retryable: boolean
}

/** Turns anything that was thrown into what the journal keeps. */
export function recordError(error: unknown): RecordedError {
  if (error instanceof NeonHubError) {
    return {
      code: error.code,
      message: error.message,
      retryable: error.retryable,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    }
  }
  return { code: 'base.unexpected', message: messageOf(error), retryable: false }
}
