import { randomBytes } from 'node:crypto'
import { hashPassword } from 'better-auth/crypto'
import { newId, type UserId } from '../base/ids.ts'
import { type Database, withTenant } from '../db/index.ts'
import { type SystemTx, withSystem } from '../db/system.ts'
import { appendAudit } from './audit.ts'
import { getUser } from './get-user.ts'
import { listMemberships } from './organizations.ts'

export interface PasswordReset {
  readonly email: string
  /** Shown once and kept nowhere. */
  readonly password: string
  /** How many browsers were signed out. */
  readonly endedSessions: number
}

/**
 * Gives a user a new password and ends the user's sessions: for an operator who may open the database itself. Each of
 * the user's organizations has it in its audit log before it happens. Throws `identity.user_unknown`.
 */
export async function resetPassword(database: Database, { email }: { readonly email: string }): Promise<PasswordReset> {
  const user = await withSystem(database, async (tx) => {
    const found = await getUser(tx, email)
    return { ...found, memberships: await listMemberships(tx, found.id) }
  })
  const password = randomBytes(12).toString('base64url')
  const passwordHash = await hashPassword(password)
  for (const { membership } of user.memberships) {
    await withTenant(database, membership.id, (tx) =>
      appendAudit(tx, {
        actor: 'cli',
        action: 'user.password_reset',
        subject: `user:${user.id}`,
        detail: { email: user.email },
      }),
    )
  }
  const endedSessions = await withSystem(database, (tx) => replacePassword(tx, { userId: user.id, passwordHash }))
  return { email: user.email, password, endedSessions }
}

/** Sets the password that better-auth looks at (`credential`), and signs the user out everywhere. */
async function replacePassword(
  tx: SystemTx,
  { userId, passwordHash }: { readonly userId: UserId; readonly passwordHash: string },
): Promise<number> {
  const updated = await tx
    .updateTable('accounts')
    .set({ password: passwordHash, updated_at: new Date() })
    .where('user_id', '=', userId)
    .where('provider_id', '=', 'credential')
    .executeTakeFirst()
  if (updated.numUpdatedRows === 0n) {
    await tx
      .insertInto('accounts')
      .values({ id: newId(), user_id: userId, account_id: userId, provider_id: 'credential', password: passwordHash })
      .execute()
  }
  const deleted = await tx.deleteFrom('sessions').where('user_id', '=', userId).executeTakeFirst()
  return Number(deleted.numDeletedRows)
}
