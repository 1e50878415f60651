import type { UserId } from '../base/ids.ts'
import { type Database, withTenant } from '../db/index.ts'
import { type SystemTx, withSystem } from '../db/system.ts'
import { appendAudit } from './audit.ts'
import { getUser } from './get-user.ts'
import { listMemberships } from './organizations.ts'

export interface TwoFactorReset {
  readonly email: string
  /** Whether there was a second factor. */
  readonly hadTwoFactor: boolean
  /** How many browsers were signed out. */
  readonly endedSessions: number
}

/**
 * Takes a user's second factor away and ends the user's sessions: for an operator who may open the database itself, and
 * has made sure who asks. The password still counts. Each of the user's organizations has it in its audit log before it
 * happens. Throws `identity.user_unknown`.
 */
export async function resetTwoFactor(
  database: Database,
  { email }: { readonly email: string },
): Promise<TwoFactorReset> {
  const user = await withSystem(database, async (tx) => {
    const found = await getUser(tx, email)
    return { ...found, memberships: await listMemberships(tx, found.id) }
  })
  for (const { membership } of user.memberships) {
    await withTenant(database, membership.id, (tx) =>
      appendAudit(tx, {
        actor: 'cli',
        action: 'user.two_factor_reset',
        subject: `user:${user.id}`,
        detail: { email: user.email },
      }),
    )
  }
  const removed = await withSystem(database, (tx) => removeTwoFactor(tx, user.id))
  return { email: user.email, ...removed }
}

async function removeTwoFactor(tx: SystemTx, userId: UserId) {
  const factors = await tx.deleteFrom('two_factors').where('user_id', '=', userId).executeTakeFirst()
  await tx
    .updateTable('users')
    .set({ two_factor_enabled: false, updated_at: new Date() })
    .where('id', '=', userId)
    .execute()
  // Challenges that are under way, and devices that were trusted, which a new factor must not inherit.
  await tx
    .deleteFrom('verification_tokens')
    .where('value', '=', userId)
    .where((expression) =>
      expression.or([expression('identifier', 'like', 'trust-device-%'), expression('identifier', 'like', '2fa-%')]),
    )
    .execute()
  const sessions = await tx.deleteFrom('sessions').where('user_id', '=', userId).executeTakeFirst()
  return { hadTwoFactor: factors.numDeletedRows > 0n, endedSessions: Number(sessions.numDeletedRows) }
}
