import { type OrganizationRole, type Permission, permissions } from '@neonhub/contract'

export type { OrganizationRole, Permission }

const reading: readonly Permission[] = ['runs:read', 'brands:read', 'connections:read', 'people:read', 'webhooks:read']
const editing: readonly Permission[] = [...reading, 'runs:write', 'brands:write', 'approvals:decide', 'people:write']

/** What each role may do in its organization. Only an owner manages other owners, which better-auth sees to. */
export const rolePermissions: Readonly<Record<OrganizationRole, readonly Permission[]>> = {
  owner: permissions,
  admin: permissions,
  editor: editing,
  viewer: reading,
}

const isRole = (text: string): text is OrganizationRole => Object.hasOwn(rolePermissions, text)

/** The known roles in a member's `role`, which names several with commas between. An unknown one allows nothing. */
export function parseRoles(text: string): readonly OrganizationRole[] {
  return text.split(',').filter(isRole)
}

/** Everything that a member's roles allow together. */
export function permissionsOfRoles(text: string): ReadonlySet<Permission> {
  return new Set(parseRoles(text).flatMap((role) => rolePermissions[role]))
}

const isPermission = (text: string): text is Permission => permissions.some((permission) => permission === text)

/** The permissions among a key's stored scopes. One that is no longer known allows nothing. */
export function permissionsOfScopes(scopes: readonly string[]): ReadonlySet<Permission> {
  return new Set(scopes.filter(isPermission))
}
