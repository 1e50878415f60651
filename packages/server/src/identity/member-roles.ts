import { APIError } from 'better-auth/api'
import { createAccessControl } from 'better-auth/plugins/access'
import { adminAc, defaultStatements, ownerAc } from 'better-auth/plugins/organization/access'
import { parseRoles, rolePermissions } from './permissions.ts'

const control = createAccessControl(defaultStatements)
const nothing = control.newRole({ organization: [], member: [], invitation: [], team: [], ac: [] })

/** Who manages members and invitations. What the roles may do elsewhere stands in `rolePermissions`. */
export const memberRoles = {
  ac: control,
  roles: { owner: ownerAc, admin: adminAc, editor: nothing, viewer: nothing },
  creatorRole: 'owner',
}

/** Throws where a role is none of ours: better-auth lets its own default `member` pass as well. */
export function assertKnownRoles(roles: string): void {
  if (parseRoles(roles).length === roles.split(',').length) return
  throw new APIError('BAD_REQUEST', {
    code: 'ROLE_NOT_FOUND',
    message: `The roles are ${Object.keys(rolePermissions).join(', ')}`,
  })
}
