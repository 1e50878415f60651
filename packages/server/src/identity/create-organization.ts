import { asId, newId, type UserId } from '../base/ids.ts'
import { NeonHubError } from '../base/errors.ts'
import type { Database } from '../db/index.ts'
import { type SystemTx, withSystem } from '../db/system.ts'
import type { Organization } from './caller.ts'

export interface NewOrganization {
  readonly name: string
  readonly slug: string
  readonly timeZone: string
  /** E-mail address of its owner; the owner of the oldest organization where absent. */
  readonly owner: string | undefined
}

/**
 * Adds an organization with its owner. Whoever calls leaves it in the new organization's audit log.
 * Throws `identity.organization_exists` and `identity.user_unknown`.
 */
export async function createOrganization(
  database: Database,
  { name, slug, timeZone, owner }: NewOrganization,
): Promise<Organization> {
  return withSystem(database, async (tx) => {
    const userId = await getOwner(tx, owner)
    const id = newId<'organization'>()
    const made = await tx
      .insertInto('organizations')
      .values({ id, name, slug, time_zone: timeZone })
      .onConflict((conflict) => conflict.column('slug').doNothing())
      .executeTakeFirst()
    if (made.numInsertedOrUpdatedRows === 0n) {
      throw new NeonHubError('identity.organization_exists', `There is an organization "${slug}" already`, {
        kind: 'conflict',
        hint: 'Choose another slug. `neonhub organizations` lists them.',
      })
    }
    await tx
      .insertInto('organization_members')
      .values({ id: newId(), organization_id: id, user_id: userId, role: 'owner' })
      .execute()
    return { id, name, slug, timeZone, requireTwoFactor: false }
  })
}

async function getOwner(tx: SystemTx, email: string | undefined): Promise<UserId> {
  const users = tx.selectFrom('users').select('users.id')
  const row =
    email === undefined
      ? await users
          .innerJoin('organization_members as m', 'm.user_id', 'users.id')
          .where('m.role', '=', 'owner')
          .orderBy('m.organization_id')
          .orderBy('m.id')
          .limit(1)
          .executeTakeFirst()
      : await users.where('email', '=', email).executeTakeFirst()
  if (row) return asId(row.id)
  throw new NeonHubError('identity.user_unknown', `Nobody signs in here as ${email ?? 'an owner'}`, {
    kind: 'invalid',
    hint: 'Name somebody who has signed in; an owner can invite others once the organization is there.',
  })
}
