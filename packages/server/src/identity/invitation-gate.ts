import { APIError, createAuthMiddleware } from 'better-auth/api'
import { z } from 'zod'
import { isId } from '../base/ids.ts'
import { sha256 } from '../base/json.ts'
import type { Database } from '../db/index.ts'
import { withSystem } from '../db/system.ts'

const signUpPath = '/sign-up/email'
const SignUp = z.object({ email: z.string(), invitationToken: z.string().max(200) })

/**
 * Closes the public sign-up: an account is made only for an address with an open invitation, by someone who holds the
 * invitation's secret, which stands in its link alone. Runs before the endpoint looks for the address, so that an
 * outsider cannot learn who has an account.
 */
export function refuseUninvited(database: Database) {
  return createAuthMiddleware(async (context) => {
    assertIdsWellFormed(context.body)
    assertIdsWellFormed(context.query)
    if (context.path !== signUpPath) return
    const signUp = SignUp.safeParse(context.body)
    if (signUp.success && (await isInvited(database, signUp.data))) return
    throw new APIError('FORBIDDEN', { code: 'SIGN_UP_CLOSED', message: 'Accounts are made by invitation' })
  })
}

/** PostgreSQL refuses a malformed id with an error of its own, which would read as a failure of the server. */
function assertIdsWellFormed(parameters: unknown): void {
  for (const [key, value] of Object.entries(Object(parameters))) {
    if (!/^id$|Id$/.test(key) || value === null || (typeof value === 'string' && isId(value))) continue
    throw new APIError('BAD_REQUEST', { code: 'INVALID_ID', message: `${key} must be a UUID in lower case` })
  }
}

async function isInvited(
  database: Database,
  { email, invitationToken }: { readonly email: string; readonly invitationToken: string },
): Promise<boolean> {
  const found = await withSystem(database, (tx) =>
    tx
      .selectFrom('invitations')
      .select('id')
      .where('token_hash', '=', sha256(invitationToken))
      .where('email', '=', email)
      .where('status', '=', 'pending')
      .where('expires_at', '>', new Date())
      .executeTakeFirst(),
  )
  return found !== undefined
}

/** No other way makes a user. The link was sent to the address, so the address is verified. */
export async function requireInvitation<User extends object>(user: User, context: { readonly path?: string } | null) {
  if (context?.path !== signUpPath) {
    throw new APIError('FORBIDDEN', { code: 'SIGN_UP_CLOSED', message: 'Accounts are made by invitation' })
  }
  return { data: { ...user, emailVerified: true } }
}
