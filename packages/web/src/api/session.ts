import { z } from 'zod'
import { ApiError, parseJson, unreachable } from './api-error.ts'

/** What an authenticator app is set up with. The codes are shown this once. */
export interface TwoFactorSetup {
  /** `otpauth://totp/…?secret=…` */
  readonly totpURI: string
  readonly backupCodes: readonly string[]
}

/** Sign-in by better-auth, whose endpoints stand beside the contract's and answer errors in a form of their own. */
export interface SessionClient {
  /** Sets the session's cookie, or asks for a second factor first. Throws `ApiError`. */
  readonly signIn: (credentials: {
    readonly email: string
    readonly password: string
  }) => Promise<'signed-in' | 'second-factor'>
  /** Ends a sign-in with the code of the app, or with a backup code. Throws `ApiError`. */
  readonly verify: (proof: { readonly code: string; readonly isBackup: boolean }) => Promise<void>
  /** Makes the account of an invited address and signs it in. Throws `ApiError`. */
  readonly signUp: (account: {
    readonly name: string
    readonly email: string
    readonly password: string
    readonly invitationToken: string
  }) => Promise<void>
  /** Begins to set up an app; nothing is asked before `verify` has seen a code of it. Throws `ApiError`. */
  readonly setUpTwoFactor: (password: string) => Promise<TwoFactorSetup>
  readonly renewBackupCodes: (password: string) => Promise<readonly string[]>
  readonly removeTwoFactor: (password: string) => Promise<void>
  /** Ends the session. Throws `ApiError`. */
  readonly signOut: () => Promise<void>
}

const SignedIn = z.object({ twoFactorRedirect: z.boolean().optional() })
const Setup = z.object({ totpURI: z.string(), backupCodes: z.array(z.string()) })

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
    return parseJson(await response.text())
  }
  return {
    signIn: async (credentials) => {
      const answer = SignedIn.safeParse(await post('sign-in/email', credentials)).data
      return answer?.twoFactorRedirect ? 'second-factor' : 'signed-in'
    },
    verify: async ({ code, isBackup }) => {
      await post(isBackup ? 'two-factor/verify-backup-code' : 'two-factor/verify-totp', { code: code.trim() })
    },
    signUp: async (account) => {
      await post('sign-up/email', account)
    },
    setUpTwoFactor: async (password) => Setup.parse(await post('two-factor/enable', { password })),
    renewBackupCodes: async (password) =>
      Setup.pick({ backupCodes: true }).parse(await post('two-factor/generate-backup-codes', { password })).backupCodes,
    removeTwoFactor: async (password) => {
      await post('two-factor/disable', { password })
    },
    signOut: async () => {
      await post('sign-out', {})
    },
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
