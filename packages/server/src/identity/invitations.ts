import { randomBytes } from 'node:crypto'
import { NeonHubError } from '../base/errors.ts'
import { asId, newId, type OrganizationId, type UserId } from '../base/ids.ts'
import { sha256 } from '../base/json.ts'
import { type Database, type TenantTx, withTenant } from '../db/index.ts'
import { withSystem } from '../db/system.ts'
import { tellMembers } from '../notifications/index.ts'
import {
  type Actor,
  type Authority,
  assertCovers,
  assertMayOwn,
  findGrants,
  isOwner,
  takeAuthority,
  takeTurn,
} from './authority.ts'
import type { Organization } from './caller.ts'
import { organizationColumns, toOrganization } from './organizations.ts'
import { permissionsOfGrants } from './permissions.ts'
import { getRolePermissions } from './roles.ts'

const validMs = 7 * 24 * 60 * 60 * 1000
const mostOpen = 200

export type InvitationStatus = 'pending' | 'accepted' | 'rejected' | 'canceled' | 'expired'

export interface Invitation {
  readonly id: string
  readonly email: string
  readonly role: string
  readonly status: InvitationStatus
  readonly createdAt: Date
  readonly expiresAt: Date
}

const columns = ['id', 'email', 'role', 'status', 'created_at', 'expires_at'] as const

interface InvitationRow {
  readonly id: string
  readonly email: string
  readonly role: string
  readonly status: string
  readonly created_at: Date
  readonly expires_at: Date
}

const statuses: readonly InvitationStatus[] = ['pending', 'accepted', 'rejected', 'canceled']

function toInvitation(row: InvitationRow, now: Date): Invitation {
  const stored = statuses.find((status) => status === row.status) ?? 'canceled'
  const status = stored === 'pending' && row.expires_at <= now ? 'expired' : stored
  return { id: row.id, email: row.email, role: row.role, status, createdAt: row.created_at, expiresAt: row.expires_at }
}

/** The newest invitations of the organization. */
export async function listInvitations(tx: TenantTx, now: Date): Promise<readonly Invitation[]> {
  const rows = await tx
    .selectFrom('invitations')
    .select(columns)
    .where('organization_id', '=', tx.organizationId)
    .orderBy('id', 'desc')
    .limit(mostOpen)
    .execute()
  return rows.map((row) => toInvitation(row, now))
}

/** Whether somebody with this address is a member already. Addresses stand with users, outside of organizations. */
export async function isMemberAddress(
  database: Database,
  { organizationId, email }: { readonly organizationId: OrganizationId; readonly email: string },
): Promise<boolean> {
  const found = await withSystem(database, (tx) =>
    tx
      .selectFrom('organization_members')
      .innerJoin('users', 'users.id', 'organization_members.user_id')
      .select('users.id')
      .where('organization_members.organization_id', '=', organizationId)
      .where('users.email', '=', email)
      .executeTakeFirst(),
  )
  return found !== undefined
}

/**
 * Asks an address to join; an open invitation of the same address is over. The secret of 256 bits, by which the address
 * makes its account, is returned this once: who reads the list of invitations must not be able to come in their place.
 * Throws `identity.grant_exceeds`, `identity.owner_only`, `identity.role_unknown` and `identity.too_many_invitations`.
 */
export async function createInvitation(
  tx: TenantTx,
  {
    actor,
    email,
    role,
    now,
  }: { readonly actor: Actor; readonly email: string; readonly role: string; readonly now: Date },
): Promise<{ readonly invitation: Invitation; readonly token: string }> {
  await assertMayInvite(tx, { authority: await takeAuthority(tx, actor), role })
  await cancel(tx, { now, email })
  const { count } = await tx
    .selectFrom('invitations')
    .select((expression) => expression.fn.countAll<string>().as('count'))
    .where('organization_id', '=', tx.organizationId)
    .where('status', '=', 'pending')
    .where('expires_at', '>', now)
    .executeTakeFirstOrThrow()
  if (Number(count) >= mostOpen) {
    throw new NeonHubError('identity.too_many_invitations', `There are ${mostOpen} open invitations`, {
      kind: 'conflict',
      hint: 'Take some back, or wait until they are accepted.',
    })
  }
  const token = randomBytes(32).toString('base64url')
  const row = await tx
    .insertInto('invitations')
    .values({
      organization_id: tx.organizationId,
      id: newId(),
      email,
      role,
      status: 'pending',
      inviter_id: actor.actsFor ?? null,
      token_hash: sha256(token),
      created_at: now,
      expires_at: new Date(now.getTime() + validMs),
    })
    .returning(columns)
    .executeTakeFirstOrThrow()
  return { invitation: toInvitation(row, now), token }
}

async function assertMayInvite(
  tx: TenantTx,
  { authority, role }: { readonly authority: Authority; readonly role: string },
): Promise<void> {
  assertMayOwn(authority, role)
  assertCovers(authority, await getRolePermissions(tx, role), `The role ${role} allows it`)
}

/** Takes an open invitation back; one that is over stays as it is. Undefined where there is none. */
export async function revokeInvitation(
  tx: TenantTx,
  { actor, id, now }: { readonly actor: Actor; readonly id: string; readonly now: Date },
): Promise<Invitation | undefined> {
  await takeAuthority(tx, actor)
  await cancel(tx, { now, id })
  const row = await tx
    .selectFrom('invitations')
    .select(columns)
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row && toInvitation(row, now)
}

/** Takes back every open invitation of somebody who is gone, so that none of them is a way back. */
export const cancelInvitationsOf = (tx: TenantTx, { userId, now }: { userId: UserId; now: Date }): Promise<number> =>
  cancel(tx, { now, inviter: userId })

async function cancel(
  tx: TenantTx,
  {
    now,
    id,
    email,
    inviter,
  }: { readonly now: Date; readonly id?: string; readonly email?: string; readonly inviter?: UserId },
): Promise<number> {
  const { numUpdatedRows } = await tx
    .updateTable('invitations')
    .set({ status: 'canceled', updated_at: now })
    .where('organization_id', '=', tx.organizationId)
    .where('status', '=', 'pending')
    .$if(id !== undefined, (query) => query.where('id', '=', id ?? ''))
    .$if(email !== undefined, (query) => query.where('email', '=', email ?? ''))
    .$if(inviter !== undefined, (query) => query.where('inviter_id', '=', inviter ?? ''))
    .executeTakeFirst()
  return Number(numUpdatedRows)
}

/** The open invitations of an address, wherever they lead, newest first. */
export async function listInvitationsOf(
  database: Database,
  { email, now }: { readonly email: string; readonly now: Date },
): Promise<readonly (Invitation & { readonly organizationId: OrganizationId; readonly organization: string })[]> {
  const rows = await withSystem(database, (tx) =>
    tx
      .selectFrom('invitations as i')
      .innerJoin('organizations as o', 'o.id', 'i.organization_id')
      .select(['i.id', 'i.email', 'i.role', 'i.status', 'i.created_at', 'i.expires_at'])
      .select(['o.id as organization_id', 'o.name as organization'])
      .where('i.email', '=', email)
      .where('i.status', '=', 'pending')
      .where('i.expires_at', '>', now)
      .orderBy('i.id', 'desc')
      .execute(),
  )
  return rows.map((row) => ({
    ...toInvitation(row, now),
    organizationId: asId(row.organization_id),
    organization: row.organization,
  }))
}

export interface Joined {
  readonly organization: Organization
  readonly memberId: string
  readonly role: string
}

/**
 * Makes a user a member by an open invitation of their address. What was invited is judged anew: an invitation whose
 * inviter has left, or may no longer give its role, is void. `onJoined` runs in the same transaction. Undefined where
 * there is no such open invitation. Throws `identity.invitation_void` and `identity.already_a_member`.
 */
export async function acceptInvitation(
  database: Database,
  {
    id,
    user,
    now,
    onJoined,
  }: {
    readonly id: string
    readonly user: { readonly id: UserId; readonly email: string }
    readonly now: Date
    readonly onJoined: (tx: TenantTx, joined: Joined) => Promise<void>
  },
): Promise<Joined | undefined> {
  const open = await listInvitationsOf(database, { email: user.email, now })
  const found = open.find((invitation) => invitation.id === id)
  if (!found) return undefined
  return withTenant(database, found.organizationId, async (tx) => {
    await takeTurn(tx)
    const accepted = await tx
      .updateTable('invitations')
      .set({ status: 'accepted', updated_at: now })
      .where('organization_id', '=', tx.organizationId)
      .where('id', '=', id)
      .where('status', '=', 'pending')
      .returning(['role', 'inviter_id'])
      .executeTakeFirst()
    if (!accepted) return undefined
    const { role, inviter_id: inviterId } = accepted
    if (inviterId !== null) await assertStillGiven(tx, { role, inviterId: asId(inviterId) })
    else await getRolePermissions(tx, role)
    const member = await tx
      .insertInto('organization_members')
      .values({ organization_id: tx.organizationId, id: newId(), user_id: user.id, role })
      .onConflict((conflict) => conflict.columns(['organization_id', 'user_id']).doNothing())
      .returning('id')
      .executeTakeFirst()
    if (!member) {
      throw new NeonHubError('identity.already_a_member', 'You belong to this organization already', {
        kind: 'conflict',
      })
    }
    const organization = await tx
      .selectFrom('organizations')
      .select(organizationColumns)
      .where('id', '=', tx.organizationId)
      .executeTakeFirstOrThrow()
    const joined = { organization: toOrganization(organization), memberId: member.id, role }
    await tellMembers(tx, 'member_joined', { subjectId: member.id, facts: { role } })
    await onJoined(tx, joined)
    return joined
  })
}

async function assertStillGiven(
  tx: TenantTx,
  { role, inviterId }: { readonly role: string; readonly inviterId: UserId },
): Promise<void> {
  const grants = await findGrants(tx, inviterId)
  const held = grants && permissionsOfGrants(grants)
  const wanted = await getRolePermissions(tx, role)
  const isGiven =
    held?.has('members:manage') === true &&
    wanted.every((permission) => held.has(permission)) &&
    (!isOwner(role) || isOwner(grants?.role ?? ''))
  if (isGiven) return
  throw new NeonHubError('identity.invitation_void', 'Whoever invited you may no longer give this role', {
    kind: 'conflict',
    hint: 'Ask an owner of the organization for a new invitation.',
  })
}
