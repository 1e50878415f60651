import { z } from 'zod'
import { RequestError } from '../../../request-error.ts'
import { problemResponse, toProblem } from '../../../problem.ts'

const AuthError = z.object({ code: z.string().default('REFUSED'), message: z.string().default('') })

/**
 * A refusal of better-auth as a problem like every other: `INVALID_EMAIL_OR_PASSWORD` becomes
 * `auth.invalid_email_or_password`. Its own `message` stays as an extension (RFC 9457, 3.2), where its client libraries
 * look for it. What failed on the server says nothing of its inside.
 */
export async function toProblemResponse(response: Response, requestId: string): Promise<Response> {
  const error = response.status >= 500 ? new Error('better-auth failed') : await readRefusal(response)
  const answer = problemResponse(error, requestId)
  const problem = toProblem(error, requestId)
  const headers = new Headers(response.headers)
  headers.delete('content-length')
  for (const [name, value] of answer.headers) headers.set(name, value)
  return new Response(JSON.stringify({ ...problem, message: problem.detail }), { status: answer.status, headers })
}

async function readRefusal(response: Response): Promise<RequestError> {
  const body = AuthError.catch({ code: 'REFUSED', message: '' }).parse(await response.json().catch(() => ({})))
  const detail = body.message === '' ? 'The request is refused' : body.message
  return new RequestError(`auth.${body.code.toLowerCase()}`, detail, { status: response.status })
}
