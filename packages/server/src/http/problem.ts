import { STATUS_CODES } from 'node:http'
import type { Problem } from '@neonhub/contract'
import { HTTPException } from 'hono/http-exception'
import { errorStatus, NeonHubError } from '../base/errors.ts'
import { explainFullDisk, isOutage } from '../db/index.ts'
import { RequestError } from './request-error.ts'

const unexpected = new NeonHubError('http.unexpected', 'Something went wrong on the server', {
  kind: 'internal',
  hint: 'Try again; if it stays, look up the request id in the server’s log.',
})

/** Any failure as one that may be shown: what is not ours says nothing of its inside. */
function toShown(error: unknown): NeonHubError {
  if (error instanceof NeonHubError) return error
  if (error instanceof HTTPException && error.status < 500) {
    return new RequestError('http.refused', error.message || 'The request is refused', { status: error.status })
  }
  const fullDisk = explainFullDisk(error)
  if (fullDisk) return fullDisk
  if (isOutage(error)) {
    return new NeonHubError('http.database_unreachable', 'The database does not answer', {
      kind: 'unavailable',
      retryable: true,
      retryAfterMs: 1000,
      hint: 'Try again in a moment.',
      cause: error,
    })
  }
  return unexpected
}

const statusOf = (error: NeonHubError) => (error instanceof RequestError ? error.status : errorStatus[error.kind])

/** Problem details (RFC 9457) of anything that was thrown. */
export function toProblem(error: unknown, requestId?: string): Problem {
  const shown = toShown(error)
  const status = statusOf(shown)
  return {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: shown.message,
    code: shown.code,
    ...(shown.hint === undefined ? {} : { hint: shown.hint }),
    ...(shown.issues.length === 0 ? {} : { issues: [...shown.issues] }),
    ...(requestId === undefined ? {} : { requestId }),
  }
}

/** The answer to a request that failed, with the headers that its failure asks for. */
export function problemResponse(error: unknown, requestId: string): Response {
  const problem = toProblem(error, requestId)
  const shown = toShown(error)
  const headers = new Headers({ 'content-type': 'application/problem+json', 'cache-control': 'no-store' })
  if (shown.retryAfterMs !== undefined) headers.set('retry-after', String(Math.ceil(shown.retryAfterMs / 1000)))
  // RFC 9110, 11.6.1: a 401 names the scheme.
  if (problem.status === 401) headers.set('www-authenticate', 'Bearer realm="NeonHub"')
  if (error instanceof RequestError) for (const [name, value] of Object.entries(error.headers)) headers.set(name, value)
  return new Response(JSON.stringify(problem), { status: problem.status, headers })
}
