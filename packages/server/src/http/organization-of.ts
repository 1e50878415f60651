import { NeonHubError } from '../base/errors.ts'
import type { Caller, Membership } from '../identity/index.ts'

/**
 * The organization that a caller acts in. Throws `identity.organization_required` where none is chosen, and
 * `identity.two_factor_required` where it asks for a second factor that the user lacks.
 */
export function organizationOf(caller: Caller): Membership {
  if (caller.lacksTwoFactor) {
    throw new NeonHubError('identity.two_factor_required', 'This organization asks its members for a second factor', {
      kind: 'forbidden',
      hint: 'Open Account, set up an authenticator app, and come back.',
    })
  }
  if (caller.organization) return caller.organization
  throw new NeonHubError('identity.organization_required', 'The request does not say in which organization it acts', {
    kind: 'invalid',
    hint:
      caller.organizations.length === 0
        ? 'You belong to no organization. Ask an owner of one for an invitation.'
        : `Name one: --organization SLUG, or the header x-organization. There are ${caller.organizations.map(({ slug }) => slug).join(', ')}.`,
  })
}
