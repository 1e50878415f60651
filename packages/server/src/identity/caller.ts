import type { OrganizationId, UserId } from '../base/ids.ts'
import { NeonHubError } from '../base/errors.ts'
import type { OrganizationRole, Permission } from './permissions.ts'

export interface Organization {
  readonly id: OrganizationId
  readonly name: string
  readonly slug: string
  readonly timeZone: string
  /** Whether members without a second factor are let into nothing. */
  readonly requireTwoFactor: boolean
}

/** An organization that a caller may act in. `role` is a member's built-in one; API keys and the operator have none. */
export interface Membership extends Organization {
  readonly role?: OrganizationRole
}

/** Who makes a request, where, and what it may do there. */
export interface Caller {
  /** `local` is the operator of the machine that the server runs on. */
  readonly kind: 'user' | 'api_key' | 'local'
  /** As records name it: `user:ID`, `api_key:ID` or `cli`. */
  readonly name: string
  readonly user?: { readonly id: UserId; readonly name: string; readonly email: string }
  /**
   * The person by whose permissions the caller is bound: the user, or who stands behind an API key. Undefined for the
   * operator and for keys that the operator made.
   */
  readonly actsFor: UserId | undefined
  /** Whether the user has a second factor; undefined where there is no user. */
  readonly twoFactor?: boolean
  /** Whether the organization asks for a second factor that the user lacks; then it allows nothing. */
  readonly lacksTwoFactor: boolean
  readonly organizations: readonly Membership[]
  /** Undefined where the caller belongs to none, or to several and has named none. */
  readonly organization: Membership | undefined
  readonly permissions: ReadonlySet<Permission>
  /** A browser sends its cookie by itself, so that such a request has to show where it comes from. */
  readonly throughCookie: boolean
}

const isNamed = (organization: Membership, name: string) =>
  organization.id === name || organization.slug.toLowerCase() === name.toLowerCase()

/**
 * The organization that a request names with `x-organization` (id or slug), else `preferred`, else the only one.
 * Throws `identity.organization_unknown`, in the same words for one that is foreign and for one that does not exist.
 */
export function chooseOrganization(
  organizations: readonly Membership[],
  { named, preferred }: { readonly named: string | null; readonly preferred?: string | null | undefined },
): Membership | undefined {
  if (named !== null) {
    const found = organizations.find((organization) => isNamed(organization, named))
    if (found) return found
    throw new NeonHubError('identity.organization_unknown', 'There is no such organization', {
      kind: 'not_found',
      hint: 'GET /v1/me lists the organizations that you may name in the header x-organization.',
    })
  }
  const active = organizations.find(({ id }) => id === preferred)
  return active ?? (organizations.length === 1 ? organizations[0] : undefined)
}
