import { permissions } from '@neonhub/contract'
import { NeonHubError } from '../base/errors.ts'
import { newId } from '../base/ids.ts'
import { sql, type TenantTx } from '../db/index.ts'
import { type Actor, assertCovers, roleNames, takeAuthority } from './authority.ts'
import { type OrganizationRole, type Permission, permissionsOfScopes, rolePermissions } from './permissions.ts'

export interface Role {
  /** Undefined for the built-in ones. */
  readonly id: string | undefined
  readonly name: string
  readonly description: string
  readonly permissions: readonly Permission[]
  readonly members: number
}

const builtIn: Readonly<Record<OrganizationRole, string>> = {
  owner: 'Everything, owners included',
  admin: 'Everything, but who is an owner',
  editor: 'Works with agents, brands and people, and decides on approvals',
  viewer: 'Looks, and changes nothing',
}
const builtInNames = Object.keys(rolePermissions)
const isBuiltIn = (name: string): name is OrganizationRole => builtInNames.includes(name)
const mostRoles = 100

const inOrder = (held: ReadonlySet<Permission>) => permissions.filter((permission) => held.has(permission))

/** The built-in roles, then the organization's own by name, each with what is left of it here. */
export async function listRoles(
  tx: TenantTx,
): Promise<{ readonly roles: readonly Role[]; readonly withheld: readonly Permission[] }> {
  const withheld = await listWithheld(tx)
  const members = await tx
    .selectFrom('organization_members')
    .select('role')
    .where('organization_id', '=', tx.organizationId)
    .execute()
  const counts = Map.groupBy(
    members.flatMap(({ role }) => roleNames(role)),
    (name) => name,
  )
  const own = (await selectOwn(tx)).map((role) => ({ ...role, members: counts.get(role.name)?.length ?? 0 }))
  const standing = Object.entries(builtIn).map(([name, description]) => ({
    id: undefined,
    name,
    description,
    permissions: isBuiltIn(name) ? rolePermissions[name] : [],
    members: counts.get(name)?.length ?? 0,
  }))
  const roles = [...standing, ...own].map((role) => ({
    ...role,
    permissions: role.permissions.filter((permission) => !withheld.includes(permission)),
  }))
  return { roles, withheld }
}

async function selectOwn(tx: TenantTx, id?: string) {
  const rows = await tx
    .selectFrom('organization_roles as r')
    .leftJoin('role_permissions as p', (join) =>
      join.onRef('p.organization_id', '=', 'r.organization_id').onRef('p.role_id', '=', 'r.id'),
    )
    .select(['r.id', 'r.name', 'r.description'])
    .select(sql<readonly string[]>`array_remove(array_agg(p.permission), null)`.as('held'))
    .where('r.organization_id', '=', tx.organizationId)
    .$if(id !== undefined, (query) => query.where('r.id', '=', id ?? ''))
    .groupBy(['r.organization_id', 'r.id'])
    .orderBy('r.name')
    .execute()
  return rows.map(({ held, ...role }) => ({ ...role, permissions: inOrder(permissionsOfScopes(held)) }))
}

/** What the operator withholds from the transaction's organization. */
async function listWithheld(tx: TenantTx): Promise<readonly Permission[]> {
  const rows = await tx
    .selectFrom('organization_permissions')
    .select('permission')
    .where('organization_id', '=', tx.organizationId)
    .execute()
  return inOrder(permissionsOfScopes(rows.map(({ permission }) => permission)))
}

/** What a role allows as it is written down. Throws `identity.role_unknown` where the organization has none of that name. */
export async function getRolePermissions(tx: TenantTx, name: string): Promise<readonly Permission[]> {
  const withheld = await listWithheld(tx)
  const own = isBuiltIn(name) ? undefined : (await selectOwn(tx)).find((role) => role.name === name)
  const held = isBuiltIn(name) ? rolePermissions[name] : own?.permissions
  if (held) return held.filter((permission) => !withheld.includes(permission))
  throw new NeonHubError('identity.role_unknown', `There is no role ${name} here`, {
    kind: 'invalid',
    hint: 'neonhub roles lists those that there are.',
  })
}

export interface RoleText {
  readonly description: string
  readonly permissions: readonly Permission[]
}

/** Makes a role. Throws `identity.grant_exceeds`, `identity.role_exists` and `identity.too_many_roles`. */
export async function createRole(
  tx: TenantTx,
  { actor, name, description, permissions: held }: RoleText & { readonly actor: Actor; readonly name: string },
): Promise<Role> {
  assertCovers(await takeAuthority(tx, actor), held, 'The role would allow it')
  const roles = await selectOwn(tx)
  if (isBuiltIn(name) || name === 'member' || roles.some((role) => role.name === name)) {
    throw new NeonHubError('identity.role_exists', `There is a role ${name} already`, {
      kind: 'conflict',
      hint: 'Choose another name, or change that one.',
    })
  }
  if (roles.length >= mostRoles) {
    throw new NeonHubError('identity.too_many_roles', `An organization has at most ${mostRoles} roles of its own`, {
      kind: 'conflict',
      hint: 'Delete those that nobody has.',
    })
  }
  const id = newId()
  await tx
    .insertInto('organization_roles')
    .values({ organization_id: tx.organizationId, id, name, description })
    .execute()
  await insertPermissions(tx, { id, held })
  return { id, name, description, permissions: inOrder(new Set(held)), members: 0 }
}

/**
 * Changes what a role allows, for whoever has it. Who may do less than the role allows, before or after, may not.
 * Undefined where there is no such role. Throws `identity.grant_exceeds`.
 */
export async function updateRole(
  tx: TenantTx,
  { actor, id, description, permissions: held }: RoleText & { readonly actor: Actor; readonly id: string },
): Promise<Role | undefined> {
  const authority = await takeAuthority(tx, actor)
  const [role] = await selectOwn(tx, id)
  if (!role) return undefined
  await assertMayChange(tx, { authority, held: role.permissions })
  assertCovers(authority, held, 'The role would allow it')
  await tx
    .updateTable('organization_roles')
    .set({ description, updated_at: new Date() })
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', id)
    .execute()
  await tx
    .deleteFrom('role_permissions')
    .where('organization_id', '=', tx.organizationId)
    .where('role_id', '=', id)
    .execute()
  await insertPermissions(tx, { id, held })
  return (await listRoles(tx)).roles.find((changed) => changed.id === id)
}

/** Removes a role that nobody has. Undefined where there is none. Throws `identity.role_in_use`, `identity.grant_exceeds`. */
export async function deleteRole(
  tx: TenantTx,
  { actor, id, now }: { readonly actor: Actor; readonly id: string; readonly now: Date },
): Promise<Role | undefined> {
  const authority = await takeAuthority(tx, actor)
  const { roles } = await listRoles(tx)
  const role = roles.find((own) => own.id === id)
  if (!role) return undefined
  await assertMayChange(tx, { authority, held: role.permissions })
  const invitations = await tx
    .selectFrom('invitations')
    .select('id')
    .where('organization_id', '=', tx.organizationId)
    .where('role', '=', role.name)
    .where('status', '=', 'pending')
    .where('expires_at', '>', now)
    .execute()
  if (role.members + invitations.length > 0) {
    throw new NeonHubError(
      'identity.role_in_use',
      `${role.members} members and ${invitations.length} open invitations have the role ${role.name}`,
      { kind: 'conflict', hint: 'Give them another one first: neonhub members set-role.' },
    )
  }
  await tx
    .deleteFrom('organization_roles')
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', id)
    .execute()
  return role
}

async function assertMayChange(
  tx: TenantTx,
  { authority, held }: { readonly authority: Parameters<typeof assertCovers>[0]; readonly held: readonly Permission[] },
): Promise<void> {
  // What is withheld from everybody is nobody's to protect.
  const withheld = await listWithheld(tx)
  const left = held.filter((permission) => !withheld.includes(permission))
  assertCovers(authority, left, 'The role allows it')
}

async function insertPermissions(
  tx: TenantTx,
  { id, held }: { readonly id: string; readonly held: readonly Permission[] },
): Promise<void> {
  if (held.length === 0) return
  const rows = [...new Set(held)].map((permission) => ({ organization_id: tx.organizationId, role_id: id, permission }))
  await tx.insertInto('role_permissions').values(rows).execute()
}

/** Sets what nobody of the transaction's organization has, whatever their roles and keys say: for the operator. */
export async function withholdPermissions(
  tx: TenantTx,
  withheld: readonly Permission[],
): Promise<readonly Permission[]> {
  await tx.deleteFrom('organization_permissions').where('organization_id', '=', tx.organizationId).execute()
  const rows = [...new Set(withheld)].map((permission) => ({ organization_id: tx.organizationId, permission }))
  if (rows.length > 0) await tx.insertInto('organization_permissions').values(rows).execute()
  return listWithheld(tx)
}
