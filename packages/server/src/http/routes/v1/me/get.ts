import { permissions, routes } from '@neonhub/contract'
import { implement } from '../../../implement.ts'

export const getMe = implement(routes.getMe)(async ({ caller }) => ({
  status: 200,
  body: {
    principal: { type: caller.kind, name: caller.name },
    user: caller.user,
    organizations: caller.organizations,
    organization: caller.organization,
    permissions: permissions.filter((permission) => caller.permissions.has(permission)),
    twoFactor: caller.twoFactor,
    twoFactorRequired: caller.lacksTwoFactor,
  },
}))
