import { NeonHubError } from '../base/errors.ts'
import { asId, type OrganizationId, type UserId } from '../base/ids.ts'
import { type Database, type TenantTx, withTenant } from '../db/index.ts'
import { withSystem } from '../db/system.ts'
import { revokeKeysOf } from './api-keys.ts'
import {
  type Actor,
  assertCovers,
  assertMayOwn,
  findGrants,
  isOwner,
  roleNames,
  takeAuthority,
  takeTurn,
} from './authority.ts'
import { cancelInvitationsOf } from './invitations.ts'
import { permissionsOfGrants } from './permissions.ts'
import { getRolePermissions } from './roles.ts'

export interface Member {
  readonly id: string
  readonly userId: UserId
  readonly name: string
  readonly email: string
  readonly roles: readonly string[]
  readonly twoFactor: boolean
  readonly createdAt: Date
}

/** What went with a member who is gone. */
export interface Departure {
  readonly userId: UserId
  readonly role: string
  readonly revokedKeys: number
  readonly cancelledInvitations: number
}

const columns = ['id', 'user_id', 'role', 'created_at'] as const

/** The members of an organization, oldest first. Users stand outside of organizations, so they are read as the system. */
export async function listMembers(database: Database, organizationId: OrganizationId): Promise<readonly Member[]> {
  const rows = await withTenant(database, organizationId, (tx) =>
    tx
      .selectFrom('organization_members')
      .select(columns)
      .where('organization_id', '=', organizationId)
      .orderBy('id')
      .execute(),
  )
  if (rows.length === 0) return []
  const users = await withSystem(database, (tx) =>
    tx
      .selectFrom('users')
      .select(['id', 'name', 'email', 'two_factor_enabled'])
      .where(
        'id',
        'in',
        rows.map((row) => row.user_id),
      )
      .execute(),
  )
  const byId = new Map(users.map((user) => [user.id, user]))
  return rows.flatMap((row) => {
    const user = byId.get(row.user_id)
    if (!user) return []
    const { name, email, two_factor_enabled: twoFactor } = user
    return {
      id: row.id,
      userId: asId(row.user_id),
      name,
      email,
      roles: roleNames(row.role),
      twoFactor,
      createdAt: row.created_at,
    }
  })
}

/** A member as `listMembers` has it. */
export async function findMember(
  database: Database,
  { organizationId, id }: { readonly organizationId: OrganizationId; readonly id: string },
): Promise<Member | undefined> {
  return (await listMembers(database, organizationId)).find((member) => member.id === id)
}

/** Whether a user belongs to the transaction's organization; until its end they do not leave. */
export async function isMember(tx: TenantTx, userId: UserId): Promise<boolean> {
  const row = await tx
    .selectFrom('organization_members')
    .select('id')
    .where('organization_id', '=', tx.organizationId)
    .where('user_id', '=', userId)
    .forKeyShare()
    .executeTakeFirst()
  return row !== undefined
}

/**
 * Gives a member another role, in place of all that it had. Nobody gives a role that allows more than they may, or
 * changes somebody who may do more. Returns the role before; undefined where there is no such member. Throws
 * `identity.grant_exceeds`, `identity.owner_only`, `identity.last_owner` and `identity.role_unknown`.
 */
export async function changeMemberRole(
  tx: TenantTx,
  { actor, id, role }: { readonly actor: Actor; readonly id: string; readonly role: string },
): Promise<{ readonly before: string } | undefined> {
  const authority = await takeAuthority(tx, actor)
  const member = await findStored(tx, id)
  if (!member) return undefined
  const wanted = await getRolePermissions(tx, role)
  assertMayOwn(authority, member.role, role)
  assertCovers(authority, await permissionsOfMember(tx, member.userId), 'This member may do more than you')
  assertCovers(authority, wanted, `The role ${role} allows it`)
  if (isOwner(member.role) && !isOwner(role)) await assertAnotherOwner(tx, id)
  await tx
    .updateTable('organization_members')
    .set({ role, updated_at: new Date() })
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', id)
    .execute()
  return { before: member.role }
}

/** Removes a member by somebody who manages members; see `depart` for what goes along. Throws like `changeMemberRole`. */
export async function removeMember(
  tx: TenantTx,
  { actor, id, now }: { readonly actor: Actor; readonly id: string; readonly now: Date },
): Promise<Departure | undefined> {
  const authority = await takeAuthority(tx, actor)
  const member = await findStored(tx, id)
  if (!member) return undefined
  assertMayOwn(authority, member.role)
  assertCovers(authority, await permissionsOfMember(tx, member.userId), 'This member may do more than you')
  return depart(tx, { member, now })
}

/** Takes a user out of the organization by their own will. Throws `identity.last_owner` and `identity.not_a_member`. */
export async function leaveOrganization(
  tx: TenantTx,
  { userId, now }: { readonly userId: UserId | undefined; readonly now: Date },
): Promise<Departure> {
  await takeTurn(tx)
  const row =
    userId &&
    (await tx
      .selectFrom('organization_members')
      .select(columns)
      .where('organization_id', '=', tx.organizationId)
      .where('user_id', '=', userId)
      .executeTakeFirst())
  if (row) return depart(tx, { member: { id: row.id, userId: asId(row.user_id), role: row.role }, now })
  throw new NeonHubError('identity.not_a_member', 'Only a member can leave', {
    kind: 'forbidden',
    hint: 'A key is revoked instead: neonhub keys revoke ID.',
  })
}

interface StoredMember {
  readonly id: string
  readonly userId: UserId
  readonly role: string
}

async function findStored(tx: TenantTx, id: string): Promise<StoredMember | undefined> {
  const row = await tx
    .selectFrom('organization_members')
    .select(columns)
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row && { id: row.id, userId: asId(row.user_id), role: row.role }
}

async function permissionsOfMember(tx: TenantTx, userId: UserId) {
  const grants = await findGrants(tx, userId)
  return grants ? permissionsOfGrants(grants) : []
}

/** A session finds no membership from now on; keys and open invitations of the person are over in the same commit. */
async function depart(
  tx: TenantTx,
  { member, now }: { readonly member: StoredMember; readonly now: Date },
): Promise<Departure> {
  if (isOwner(member.role)) await assertAnotherOwner(tx, member.id)
  const { userId, role } = member
  const revokedKeys = await revokeKeysOf(tx, { userId, now })
  const cancelledInvitations = await cancelInvitationsOf(tx, { userId, now })
  await tx
    .deleteFrom('organization_members')
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', member.id)
    .execute()
  return { userId, role, revokedKeys, cancelledInvitations }
}

async function assertAnotherOwner(tx: TenantTx, id: string): Promise<void> {
  const others = await tx
    .selectFrom('organization_members')
    .select('role')
    .where('organization_id', '=', tx.organizationId)
    .where('id', '<>', id)
    .execute()
  if (others.some(({ role }) => isOwner(role))) return
  throw new NeonHubError('identity.last_owner', 'The last owner stays an owner', {
    kind: 'conflict',
    hint: 'Make somebody else an owner first.',
  })
}
