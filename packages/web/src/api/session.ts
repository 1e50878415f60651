import { z } from 'zod'
import { ApiError, parseJson, unreachable } from './api-error.ts'

/** Sign-in by better-auth, whose endpoints stand beside the contract's and answer errors in a form of their own. */
export interface SessionClient {
  /** Sets the session's cookie. Throws `ApiError`. */
  readonly signIn: (credentials: { readonly email: string; readonly password: string }) => Promise<void>
  /** Ends the session. Throws `ApiError`. */
  readonly signOut: () => Promise<void>
}

const AuthError = z.object({ code: z.string().optional(), message: z.string().optional() })

export function createSession(parts: { readonly fetch: typeof fetch }): SessionClient {
  const post = async (path: string, body: unknown) => {
    const response = await parts
      .fetch(`/api/auth/${path}`, {
        method: 'POST',
        credentials: 'same-origin',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      .catch((cause: unknown) => {
        throw unreachable(cause)
      })
    if (!response.ok) throw await readAuthError(response)
  }
  return {
    signIn: (credentials) => post('sign-in/email', credentials),
    signOut: () => post('sign-out', {}),
  }
}

async function readAuthError(response: Response): Promise<ApiError> {
  const { code, message } = AuthError.safeParse(parseJson(await response.text())).data ?? {}
  return new ApiError({
    status: response.status,
    code: code ?? 'web.sign_in_refused',
    detail: message ?? `The server answered ${response.status}`,
    ...(response.status === 429 ? { hint: 'Too many attempts. Wait a minute and try again.' } : {}),
  })
}
