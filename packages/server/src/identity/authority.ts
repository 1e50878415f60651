import { permissions } from '@neonhub/contract'
import { NeonHubError } from '../base/errors.ts'
import type { UserId } from '../base/ids.ts'
import { sql, type TenantTx } from '../db/index.ts'
import type { Caller } from './caller.ts'
import { type GrantRow, type Permission, permissionsOfGrants } from './permissions.ts'
import { ownPermissions, withheldPermissions } from './sql/granted.ts'

/** What somebody may do in the transaction's organization at this moment. */
export interface Authority {
  readonly permissions: ReadonlySet<Permission>
  /** Only an owner, in person, and the operator make or unmake owners. */
  readonly isOwner: boolean
}

/** Whose authority is taken: of a caller, or of the person behind an invitation. */
export type Actor = Pick<Caller, 'kind' | 'permissions' | 'actsFor'>

/**
 * Changes of members, invitations and roles of one organization take turns: until this transaction ends, others wait.
 * So whoever looks for another owner, or for somebody who has a role, finds what is true until the commit.
 */
export async function takeTurn(tx: TenantTx): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`members ${tx.organizationId}`}, 0))`.execute(tx)
}

/**
 * Takes the turn and reads anew what the actor may do: what the request began with may be over by now, as where two
 * owners demote each other at once. Throws `identity.permission_missing` where managing members is not among it.
 */
export async function takeAuthority(tx: TenantTx, actor: Actor): Promise<Authority> {
  await takeTurn(tx)
  const authority = await readAuthority(tx, actor)
  if (authority.permissions.has('members:manage')) return authority
  throw new NeonHubError('identity.permission_missing', 'This needs the permission members:manage', {
    kind: 'forbidden',
    hint: 'It was taken from you just now. Ask an owner of the organization.',
  })
}

async function readAuthority(tx: TenantTx, { kind, permissions: held, actsFor }: Actor): Promise<Authority> {
  if (kind === 'local') return { permissions: new Set(permissions), isOwner: true }
  if (actsFor === undefined) return { permissions: held, isOwner: false }
  const grants = await findGrants(tx, actsFor)
  const now: ReadonlySet<Permission> = grants ? permissionsOfGrants(grants) : new Set()
  return {
    permissions: new Set([...held].filter((permission) => now.has(permission))),
    isOwner: kind === 'user' && grants !== undefined && isOwner(grants.role),
  }
}

/** What decides of a member's permissions; undefined where the person is no member. */
export async function findGrants(tx: TenantTx, userId: UserId): Promise<GrantRow | undefined> {
  return tx
    .selectFrom('organization_members')
    .select([
      'role',
      ownPermissions.as('own'),
      withheldPermissions('organization_members.organization_id').as('withheld'),
    ])
    .where('organization_id', '=', tx.organizationId)
    .where('user_id', '=', userId)
    .executeTakeFirst()
}

/** The names in a stored `role`, which has several with commas between. */
export const roleNames = (role: string): readonly string[] => role.split(',').filter((name) => name !== '')

export const isOwner = (role: string): boolean => roleNames(role).includes('owner')

/** Throws `identity.grant_exceeds` where these are more than the authority's own. */
export function assertCovers({ permissions: own }: Authority, wanted: Iterable<Permission>, what: string): void {
  const exceeding = [...wanted].filter((permission) => !own.has(permission))
  if (exceeding.length === 0) return
  throw new NeonHubError('identity.grant_exceeds', `${what}, and you may not yourself: ${exceeding.join(', ')}`, {
    kind: 'forbidden',
    hint: 'Nobody gives, or takes from others, what they lack. Ask somebody who may do this.',
  })
}

/** Throws `identity.owner_only` where a role makes or unmakes an owner and the authority is none. */
export function assertMayOwn({ isOwner: may }: Authority, ...roles: readonly string[]): void {
  if (may || !roles.some(isOwner)) return
  throw new NeonHubError('identity.owner_only', 'Only an owner makes or unmakes an owner', {
    kind: 'forbidden',
    hint: 'Ask an owner of the organization. Keys cannot do it.',
  })
}
