import { type Access, type Permission, permissions } from '@neonhub/contract'
import type { OrganizationId, UserId } from '../../../src/base/ids.ts'
import { type Database, withTenant } from '../../../src/db/index.ts'
import { createApiKey, rolePermissions } from '../../../src/identity/index.ts'
import { addMember } from '../../members.ts'

/** Somebody who sends requests. */
export interface Principal {
  readonly name: string
  readonly kind: 'nobody' | 'user' | 'key' | 'operator'
  readonly headers: Readonly<Record<string, string>>
  readonly permissions: ReadonlySet<Permission>
}

export interface Principals {
  /** Sends no sign-in at all. */
  readonly nobody: Principal
  /** May do everything in one organization, and nothing in others. */
  readonly member: Principal
  readonly key: Principal
  readonly viewer: Principal
  readonly operator: Principal
  /** A key that may do everything but this. */
  readonly keyWithout: (permission: Permission) => Promise<Principal>
  readonly userId: UserId
  readonly email: string
}

const password = 'a password of the proof'

/** Makes every kind of principal of one organization, through the doors that people and programs use. */
export async function makePrincipals({
  database,
  organizationId,
  send,
  origin,
  localToken,
}: {
  readonly database: Database
  readonly organizationId: OrganizationId
  readonly send: (path: string, init: RequestInit) => Promise<Response>
  readonly origin: string
  readonly localToken: string
}): Promise<Principals> {
  const owner = await addMember(database, { organizationId, role: 'owner', password })
  const viewer = await addMember(database, { organizationId, role: 'viewer', password })

  async function signIn(email: string): Promise<Record<string, string>> {
    const response = await send('/api/auth/sign-in/email', {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin },
      body: JSON.stringify({ email, password }),
    })
    const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(';')[0])
    return { cookie: cookies.join('; '), origin }
  }

  const made = new Map<string, Principal>()
  async function keyWith(name: string, scopes: readonly Permission[]): Promise<Principal> {
    const earlier = made.get(name)
    if (earlier) return earlier
    const { key } = await withTenant(database, organizationId, (tx) =>
      createApiKey(tx, { name, scopes, createdBy: 'cli', expiresAt: undefined }),
    )
    const principal: Principal = {
      name,
      kind: 'key',
      headers: { authorization: `Bearer ${key}` },
      permissions: new Set(scopes),
    }
    made.set(name, principal)
    return principal
  }

  return {
    nobody: { name: 'nobody', kind: 'nobody', headers: {}, permissions: new Set() },
    member: {
      name: 'a member of another organization',
      kind: 'user',
      headers: await signIn(owner.email),
      permissions: new Set(permissions),
    },
    key: await keyWith('a key of another organization', permissions),
    viewer: {
      name: 'a viewer of another organization',
      kind: 'user',
      headers: await signIn(viewer.email),
      permissions: new Set(rolePermissions.viewer),
    },
    operator: {
      name: 'the operator',
      kind: 'operator',
      headers: { authorization: `Bearer ${localToken}`, 'x-organization': organizationId },
      permissions: new Set(permissions),
    },
    keyWithout: (permission) =>
      keyWith(
        `a key without ${permission}`,
        permissions.filter((one) => one !== permission),
      ),
    userId: owner.userId,
    email: owner.email,
  }
}

/** What somebody must be answered who asks for what is another organization's. */
export function expectedStatus(access: Access, { kind, permissions: held }: Principal): number {
  if (kind === 'nobody') return 401
  if (access === 'public' || access === 'signed-in') return 404
  if (access === 'operator') return 403
  return held.has(access) ? 404 : 403
}
