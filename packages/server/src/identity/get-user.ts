import { NeonHubError } from '../base/errors.ts'
import { asId, type UserId } from '../base/ids.ts'
import type { SystemTx } from '../db/system.ts'

/** The user of an address, for an operator. Throws `identity.user_unknown`, which names owners that there are. */
export async function getUser(tx: SystemTx, email: string): Promise<{ readonly id: UserId; readonly email: string }> {
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
