import { NeonHubError } from '../base/errors.ts'
import { type AuthOptions, createAuth } from './auth.ts'
import type { Caller } from './caller.ts'
import { type CallerParts, createCallerResolver } from './resolve-caller.ts'

export { type ApiKey, createApiKey, listApiKeys, type NewApiKey, revokeApiKey } from './api-keys.ts'
export {
  type AuditEntry,
  type AuditEvent,
  type AuditVerdict,
  appendAudit,
  hashAuditEntries,
  listAudit,
  type RedactedEntry,
  verifyAudit,
} from './audit.ts'
export { clientAddressHeader } from './auth.ts'
export type { Caller, Membership, Organization } from './caller.ts'
export { createOrganization, type NewOrganization } from './create-organization.ts'
export {
  ensureFirstOrganization,
  type FirstOrganization,
  type FirstOrganizationOptions,
} from './ensure-first-organization.ts'
export {
  acceptInvitation,
  createInvitation,
  type Invitation,
  isMemberAddress,
  listInvitations,
  listInvitationsOf,
  revokeInvitation,
} from './invitations.ts'
export {
  changeMemberRole,
  type Departure,
  findMember,
  isMember,
  leaveOrganization,
  listMembers,
  type Member,
  removeMember,
} from './members.ts'
export { type OrganizationRole, type Permission, rolePermissions } from './permissions.ts'
export { resetPassword, type PasswordReset } from './reset-password.ts'
export { resetTwoFactor, type TwoFactorReset } from './reset-two-factor.ts'
export { createRole, deleteRole, listRoles, type Role, updateRole, withholdPermissions } from './roles.ts'
export { updateOrganization } from './organizations.ts'
export { changeUserSettings, getUserSettings } from './user-settings.ts'

export type IdentityOptions = AuthOptions & Pick<CallerParts, 'clock' | 'localToken'>

/** Who is who: the sign-in endpoints, and the caller behind a request. */
export interface Identity {
  /** Answers a request below `/api/auth`. */
  readonly handleAuth: (request: Request) => Promise<Response>
  /** Who sends these headers; see `createCallerResolver`. */
  readonly resolveCaller: (headers: Headers) => Promise<Caller | undefined>
}

/** The operations of better-auth that are open. All others, such as making organizations, have no use or another door. */
const openPaths = new Set([
  '/sign-in/email',
  '/sign-up/email',
  '/sign-out',
  '/get-session',
  '/list-sessions',
  '/revoke-session',
  '/revoke-sessions',
  '/revoke-other-sessions',
  '/change-password',
  '/update-user',
  '/two-factor/enable',
  '/two-factor/verify-totp',
  '/two-factor/verify-backup-code',
  '/two-factor/generate-backup-codes',
  '/two-factor/disable',
  '/organization/list',
  '/organization/set-active',
])

/** Opens the room over a database whose migrations have run. */
export function createIdentity({ clock, localToken, ...options }: IdentityOptions): Identity {
  const auth = createAuth(options)
  return {
    handleAuth: (request) => {
      const path = new URL(request.url).pathname.slice('/api/auth'.length)
      if (openPaths.has(path)) return auth.handler(request)
      throw new NeonHubError('http.route_unknown', `There is nothing at ${request.method} /api/auth${path}`, {
        kind: 'not_found',
      })
    },
    resolveCaller: createCallerResolver({ database: options.database, auth, clock, localToken }),
  }
}
