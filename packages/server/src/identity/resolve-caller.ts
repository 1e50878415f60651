import { createHash, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../base/clock.ts'
import { NeonHubError } from '../base/errors.ts'
import { asId } from '../base/ids.ts'
import type { Database } from '../db/index.ts'
import { withSystem } from '../db/system.ts'
import { permissions } from '@neonhub/contract'
import { apiKeyPrefix, createApiKeyResolver } from './api-keys.ts'
import type { Auth } from './auth.ts'
import { type Caller, chooseOrganization } from './caller.ts'
import { listMemberships, listOrganizations } from './organizations.ts'
import { permissionsOfGrants } from './permissions.ts'

export interface CallerParts {
  readonly database: Database
  readonly auth: Auth
  readonly clock: Clock
  /** The bearer token of this machine's operator; undefined where there is none. */
  readonly localToken: string | undefined
}

const digest = (text: string) => createHash('sha256').update(text).digest()
const bearer = /^Bearer +(\S+)$/i

/**
 * Makes the function that says who sends these headers: an API key or the operator's token in `Authorization`, else
 * the cookie of a session. Undefined where there is none of them. Throws `identity.credentials_refused` where there is
 * one that does not hold, and `identity.organization_unknown`.
 */
export function createCallerResolver({ database, auth, clock, localToken }: CallerParts) {
  const resolveApiKey = createApiKeyResolver({ database, clock })
  const localDigest = localToken === undefined ? undefined : digest(localToken)

  return async (headers: Headers): Promise<Caller | undefined> => {
    const authorization = headers.get('authorization')
    if (authorization === null) return headers.has('cookie') ? resolveSession(headers) : undefined
    const token = bearer.exec(authorization)?.[1]
    const caller = token === undefined ? undefined : await resolveToken(token, headers)
    if (caller) return caller
    throw new NeonHubError('identity.credentials_refused', 'The key or token in Authorization is not valid', {
      kind: 'unauthenticated',
      hint: 'It may be mistyped, revoked or over. Make a new API key, and send it as "Authorization: Bearer nh_…".',
    })
  }

  async function resolveToken(token: string, headers: Headers): Promise<Caller | undefined> {
    if (token.startsWith(apiKeyPrefix)) {
      const caller = await resolveApiKey(token)
      // Throws where the request names another organization than the key's.
      if (caller) chooseOrganization(caller.organizations, { named: headers.get('x-organization') })
      return caller
    }
    const isLocal = localDigest !== undefined && timingSafeEqual(digest(token), localDigest)
    return isLocal ? resolveLocal(headers) : undefined
  }

  async function resolveLocal(headers: Headers): Promise<Caller> {
    const organizations = await withSystem(database, listOrganizations)
    return {
      kind: 'local',
      name: 'cli',
      organizations,
      organization: chooseOrganization(organizations, {
        named: headers.get('x-organization'),
      }),
      permissions: new Set(permissions),
      actsFor: undefined,
      lacksTwoFactor: false,
      throughCookie: false,
    }
  }

  async function resolveSession(headers: Headers): Promise<Caller | undefined> {
    const found = await auth.api.getSession({ headers })
    if (!found) return undefined
    const { user, session } = found
    const members = await withSystem(database, (tx) => listMemberships(tx, asId(user.id)))
    const organizations = members.map(({ membership }) => membership)
    const organization = chooseOrganization(organizations, {
      named: headers.get('x-organization'),
      preferred: session.activeOrganizationId,
    })
    const member = members.find(({ membership }) => membership === organization)
    const twoFactor = user.twoFactorEnabled === true
    const lacksTwoFactor = (organization?.requireTwoFactor ?? false) && !twoFactor
    return {
      kind: 'user',
      name: `user:${user.id}`,
      user: { id: asId(user.id), name: user.name, email: user.email },
      actsFor: asId(user.id),
      twoFactor,
      lacksTwoFactor,
      organizations,
      organization,
      permissions: member && !lacksTwoFactor ? permissionsOfGrants(member.grants) : new Set(),
      throughCookie: true,
    }
  }
}
