import { type OrganizationRole, type Permission, permissions } from '@neonhub/contract'

export type { OrganizationRole, Permission }

/** One a line, so that rooms that are built side by side add theirs without a conflict. */
const reading: readonly Permission[] = [
  'runs:read',
  'brands:read',
  'connections:read',
  'people:read',
  'members:read',
  'webhooks:read',
  'schedules:read',
  'budgets:read',
  'metrics:read',
  'tasks:read',
]
const editing: readonly Permission[] = [
  ...reading,
  'runs:write',
  'brands:write',
  'approvals:decide',
  'people:write',
  'schedules:write',
  'metrics:write',
  'tasks:write',
]

/** What each built-in role may do in its organization. Only an owner manages other owners (`authority.ts`). */
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

const isPermission = (text: string): text is Permission => permissions.some((permission) => permission === text)

/** The permissions among a key's stored scopes. One that is no longer known allows nothing. */
export function permissionsOfScopes(scopes: readonly string[]): ReadonlySet<Permission> {
  return new Set(scopes.filter(isPermission))
}

/** What decides of a member's permissions, as the database has it. */
export interface GrantRow {
  /** `organization_members.role`. */
  readonly role: string
  /** What the organization's own roles among them hold. */
  readonly own: readonly string[]
  /** What the operator withholds from the organization. */
  readonly withheld: readonly string[]
}

/** Everything that a member's roles allow together, built-in and the organization's own, without what is withheld. */
export function permissionsOfGrants({ role, own, withheld }: GrantRow): ReadonlySet<Permission> {
  const builtIn = parseRoles(role).flatMap((name) => rolePermissions[name])
  return new Set([...builtIn, ...own.filter(isPermission)].filter((permission) => !withheld.includes(permission)))
}
