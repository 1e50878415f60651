import { randomBytes } from 'node:crypto'
import { hashPassword } from 'better-auth/crypto'
import { asId, newId, type UserId } from '../base/ids.ts'
import { NeonHubError } from '../base/errors.ts'
import { type Database, withTenant } from '../db/index.ts'
import { type SystemTx, withSystem } from '../db/system.ts'
import { appendAudit } from './audit.ts'
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
    const found = await findUser(tx, email)
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

async function findUser(tx: SystemTx, email: string): Promise<{ readonly id: UserId; readonly email: string }> {
  const row = await tx.selectFrom('users').select(['id', 'email']).where('email', '=', email).executeTakeFirst()
  if (row) return { id: asId(row.id), email: row.email }
  const owners = await tx
    .selectFrom('organization_members')
    .innerJoin('users', 'users.id', 'organization_members.user_id')
    .select('users.email')
    .distinct()
    .where('organization_members.role', '=', 'owner')
    .orderBy('users.email')
    .limit(5)
    .execute()
  throw new NeonHubError('identity.user_unknown', `Nobody has the address ${email}`, {
    kind: 'not_found',
    hint:
      owners.length === 0
        ? 'There is no owner yet: neonhub db seed makes the first.'
        : `Owners are ${owners.map((owner) => owner.email).join(', ')}.`,
  })
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
