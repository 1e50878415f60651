import { hashPassword } from 'better-auth/crypto'
import { asId, newId, type OrganizationId, type UserId } from '../src/base/ids.ts'
import type { Database } from '../src/db/index.ts'
import { withSystem } from '../src/db/system.ts'
import { type Permission, permissions } from '@neonhub/contract'

/** The operator, as who acts on members. */
export const operator = { kind: 'local', permissions: new Set<Permission>(permissions), actsFor: undefined } as const

/** Somebody who acts on members in person, at the time of their request. */
export const actorOf = (userId: UserId, held: Iterable<Permission> = permissions) =>
  ({ kind: 'user', permissions: new Set(held), actsFor: userId }) as const

export interface TestMember {
  readonly id: string
  readonly userId: UserId
  readonly email: string
}

/** Adds a user who is a member in this role, with a password where one is given. */
export async function addMember(
  database: Database,
  {
    organizationId,
    role,
    password,
  }: { readonly organizationId: OrganizationId; readonly role: string; readonly password?: string },
): Promise<TestMember> {
  const [id, userId] = [newId(), newId<'user'>()]
  const email = `${userId}@example.com`
  const hash = password === undefined ? undefined : await hashPassword(password)
  await withSystem(database, async (tx) => {
    await tx.insertInto('users').values({ id: userId, name: 'Member', email, email_verified: true }).execute()
    if (hash !== undefined) {
      const account = { id: newId(), user_id: userId, account_id: userId, provider_id: 'credential', password: hash }
      await tx.insertInto('accounts').values(account).execute()
    }
    await tx
      .insertInto('organization_members')
      .values({ id, organization_id: organizationId, user_id: userId, role })
      .execute()
  })
  return { id, userId: asId(userId), email }
}
