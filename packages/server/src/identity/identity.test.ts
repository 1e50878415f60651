import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addOrganization, isMissing, openTestDatabase } from '../../test/database.ts'
import { systemClock } from '../base/clock.ts'
import { asId, newId, type OrganizationId } from '../base/ids.ts'
import { createLogger } from '../base/log.ts'
import { type Database, jsonb, withTenant } from '../db/index.ts'
import { withSystem } from '../db/system.ts'
import {
  acceptInvitation,
  appendAudit,
  createApiKey,
  createIdentity,
  createInvitation,
  ensureFirstOrganization,
  type Identity,
  listApiKeys,
  listAudit,
  type Permission,
  resetPassword,
  revokeApiKey,
  verifyAudit,
} from './index.ts'

const publicUrl = 'http://localhost:3000'
const localToken = randomBytes(32).toString('base64url')
let database: Database
let identity: Identity
let organizationId: OrganizationId
let owner: { readonly email: string; readonly password: string }
let now = new Date()

beforeAll(async () => {
  database = await openTestDatabase('embedded')
  identity = createIdentity({
    database,
    masterKey: randomBytes(32),
    publicUrl,
    trustedOrigins: [],
    localToken,
    clock: { ...systemClock, now: () => now },
    logger: createLogger({ level: 'fatal' }),
  })
  const first = await ensureFirstOrganization(database)
  organizationId = first.organizationId
  if (!first.owner) throw new Error('the first start makes an owner')
  owner = first.owner
})
afterAll(() => database.close())

const headers = (fields: Record<string, string>) => new Headers(fields)

async function post(path: string, body: unknown, cookie?: string): Promise<Response> {
  const fields = { 'content-type': 'application/json', origin: publicUrl, ...(cookie === undefined ? {} : { cookie }) }
  return identity.handleAuth(
    new Request(`${publicUrl}/api/auth${path}`, { method: 'POST', headers: fields, body: JSON.stringify(body) }),
  )
}

const cookieOf = (response: Response) =>
  response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ')

async function signIn(who: { email: string; password: string }): Promise<string> {
  const response = await post('/sign-in/email', who)
  expect(response.status).toBe(200)
  return cookieOf(response)
}

const operator = { kind: 'local', permissions: new Set<Permission>(), actsFor: undefined } as const

/** Invites an address as the operator; returns the invitation's id and the secret of its link. */
async function invite(email: string, role: string) {
  const { invitation, token } = await withTenant(database, organizationId, (tx) =>
    createInvitation(tx, { actor: operator, email, role, now: new Date() }),
  )
  return { id: invitation.id, invitationToken: token }
}

/** Accepts an invitation as whoever has this session. */
async function accept(id: string, cookie: string) {
  const user = (await identity.resolveCaller(headers({ cookie })))?.user
  if (!user) throw new Error('the session has a user')
  return acceptInvitation(database, { id, user, now: new Date(), onJoined: async () => {} })
}

test('a second seeding changes nothing and shows no password', async () => {
  expect(await ensureFirstOrganization(database)).toEqual({ organizationId, slug: 'default', owner: undefined })
})

test('the seeded owner signs in and may do everything', async () => {
  const cookie = await signIn(owner)
  const caller = await identity.resolveCaller(headers({ cookie }))
  expect(caller).toMatchObject({ kind: 'user', throughCookie: true, organization: { slug: 'default', role: 'owner' } })
  expect(caller?.permissions).toContain('organization:manage')
})

test('a wrong password, a forged cookie and no cookie are nobody', async () => {
  expect((await post('/sign-in/email', { ...owner, password: 'wrong password' })).status).toBe(401)
  expect(await identity.resolveCaller(headers({ cookie: 'neonhub.session_token=abc.def' }))).toBeUndefined()
  expect(await identity.resolveCaller(headers({}))).toBeUndefined()
})

test('public sign-up is closed, and says the same for a known and an unknown address', async () => {
  const stranger = { name: 'Eve', password: 'a long password' }
  const unknown = await post('/sign-up/email', { ...stranger, email: 'eve@example.com' })
  const known = await post('/sign-up/email', { ...stranger, email: owner.email })
  expect([unknown.status, known.status]).toEqual([403, 403])
  expect(await unknown.json()).toEqual(await known.json())
})

test('an invitation lets its own address in, in the role it names, once', async () => {
  const { id, invitationToken } = await invite('vera@example.com', 'viewer')
  const account = { name: 'Vera', password: 'a long password', invitationToken }
  expect((await post('/sign-up/email', { ...account, email: 'eve@example.com' })).status).toBe(403)
  // The id stands in lists that others read.
  const byId = { ...account, invitationToken: id, email: 'vera@example.com' }
  expect((await post('/sign-up/email', byId)).status).toBe(403)
  const signedUp = await post('/sign-up/email', { ...account, email: 'vera@example.com' })
  expect(signedUp.status).toBe(200)
  const cookie = cookieOf(signedUp)
  expect((await identity.resolveCaller(headers({ cookie })))?.organization).toBeUndefined()
  expect(await accept(id, cookie)).toMatchObject({ role: 'viewer', organization: { slug: 'default' } })
  expect(await accept(id, cookie)).toBeUndefined()
  const caller = await identity.resolveCaller(headers({ cookie }))
  expect(caller?.organization?.role).toBe('viewer')
  const held = [...(caller?.permissions ?? [])]
  expect(held).toEqual(expect.arrayContaining(['runs:read', 'members:read']))
  expect(held.filter((permission) => !permission.endsWith(':read') || permission === 'audit:read')).toEqual([])
  expect((await post('/sign-up/email', { ...account, email: 'vera@example.com' })).status).toBe(403)
})

test("a malformed id is the caller's error, and a foreign organization is as unknown as an absent one", async () => {
  const cookie = await signIn(owner)
  expect((await post('/organization/set-active', { organizationId: 'x' }, cookie)).status).toBe(400)
  const foreign = await addOrganization(database, 'Foreign')
  const errors = [foreign, newId(), 'no-such-slug'].map((name) =>
    identity.resolveCaller(headers({ cookie, 'x-organization': name })).catch((error: unknown) => String(error)),
  )
  expect(new Set(await Promise.all(errors)).size).toBe(1)
  await expect(errors[0]).resolves.toContain('There is no such organization')
})

test('operations that have no use here are not there', async () => {
  for (const path of ['create', 'invite-member', 'update-member-role', 'remove-member', 'leave', 'accept-invitation']) {
    await expect(post(`/organization/${path}`, {})).rejects.toMatchObject({ kind: 'not_found' })
  }
  await expect(post('/two-factor/send-otp', {})).rejects.toMatchObject({ kind: 'not_found' })
})

test('of several organizations the operator acts in the one that the request names', async () => {
  const other = await addOrganization(database, 'Client')
  const authorization = `Bearer ${localToken}`
  expect((await identity.resolveCaller(headers({ authorization })))?.organization).toBeUndefined()
  const named = await identity.resolveCaller(headers({ authorization, 'x-organization': other }))
  expect(named).toMatchObject({ kind: 'local', name: 'cli', organization: { id: other } })
  await expect(identity.resolveCaller(headers({ authorization: `${authorization}x` }))).rejects.toMatchObject({
    code: 'identity.credentials_refused',
  })
})

test('a key opens its organization with its scopes until it is over or revoked', async () => {
  const expiresAt = new Date(Date.now() + 60_000)
  const { apiKey, key } = await withTenant(database, organizationId, (tx) =>
    createApiKey(tx, { name: 'CI', scopes: ['runs:read'], createdBy: 'cli', expiresAt }),
  )
  const authorization = headers({ authorization: `Bearer ${key}` })
  const caller = await identity.resolveCaller(authorization)
  expect(caller).toMatchObject({ name: `api_key:${apiKey.id}`, organization: { id: organizationId } })
  expect([...(caller?.permissions ?? [])]).toEqual(['runs:read'])
  expect(key.startsWith(apiKey.prefix)).toBe(true)
  const stored = await withTenant(database, organizationId, (tx) =>
    tx.selectFrom('api_keys').selectAll().where('id', '=', apiKey.id).executeTakeFirstOrThrow(),
  )
  expect(JSON.stringify(stored)).not.toContain(key)
  expect(stored.last_used_at).toEqual(now)

  now = new Date(expiresAt.getTime() + 1)
  await expect(identity.resolveCaller(authorization)).rejects.toMatchObject({ kind: 'unauthenticated' })
  now = new Date()
  const foreign = await addOrganization(database, 'Elsewhere')
  expect(await withTenant(database, foreign, (tx) => revokeApiKey(tx, { id: apiKey.id, now }))).toBeUndefined()
  expect(await identity.resolveCaller(authorization)).toBeDefined()
  await withTenant(database, organizationId, (tx) => revokeApiKey(tx, { id: apiKey.id, now }))
  await expect(identity.resolveCaller(authorization)).rejects.toMatchObject({ kind: 'unauthenticated' })
  const keys = await withTenant(database, organizationId, listApiKeys)
  expect(keys.find(({ id }) => id === apiKey.id)?.revokedAt).toEqual(now)
})

test('a key does not act in another organization than its own', async () => {
  const other = await addOrganization(database, 'Other')
  const { key } = await withTenant(database, organizationId, (tx) =>
    createApiKey(tx, { name: 'CI', scopes: ['runs:read'], createdBy: 'cli', expiresAt: undefined }),
  )
  const fields = { authorization: `Bearer ${key}`, 'x-organization': other }
  await expect(identity.resolveCaller(headers(fields))).rejects.toMatchObject({ kind: 'not_found' })
})

test('the audit chain verifies, and an entry that was changed or taken out is found', async () => {
  const own = await addOrganization(database, 'Audited')
  const append = (action: string) =>
    withTenant(database, own, (tx) => appendAudit(tx, { actor: 'cli', action, detail: { amount: 1.5, text: 'ü' } }))
  await Promise.all(['a', 'b', 'c', 'd'].map(append))
  const verify = () => withTenant(database, own, verifyAudit)
  expect(await verify()).toEqual({ intact: true, entries: 4 })

  // Only a superuser could: the application's role may not update here.
  const entries = await withTenant(database, own, (tx) => listAudit(tx, { limit: 10 }))
  const second = entries.at(-2)?.id ?? ''
  await database.kysely
    .updateTable('audit_logs')
    .set({ detail: jsonb({ amount: 1, text: 'ü' }) })
    .where('id', '=', second)
    .execute()
  expect(await verify()).toMatchObject({ intact: false, brokenAt: second })
  await database.kysely.deleteFrom('audit_logs').where('id', '=', second).execute()
  expect(await verify()).toMatchObject({ intact: false, brokenAt: entries.at(-3)?.id })
})

test('the application itself can neither change nor delete an audit entry', async () => {
  const change = withTenant(database, organizationId, (tx) =>
    tx.updateTable('audit_logs').set({ actor: 'x' }).execute(),
  )
  await expect(change).rejects.toThrow('permission denied')
  const remove = withTenant(database, organizationId, (tx) => tx.deleteFrom('audit_logs').execute())
  await expect(remove).rejects.toThrow('permission denied')
})

test.skipIf(isMissing('server'))('on a server, appends from many connections at once make one chain', async () => {
  const server = await openTestDatabase('server')
  const [one, other] = [await addOrganization(server, 'One'), await addOrganization(server, 'Other')]
  const append = (organization: OrganizationId) =>
    withTenant(server, organization, (tx) => appendAudit(tx, { actor: 'cli', action: 'counted' }))
  await Promise.all(Array.from({ length: 60 }, (_, index) => append(index % 3 === 0 ? other : one)))
  expect(await withTenant(server, one, verifyAudit)).toEqual({ intact: true, entries: 40 })
  expect(await withTenant(server, other, verifyAudit)).toEqual({ intact: true, entries: 20 })
  await server.close()
})

test.skipIf(isMissing('server'))(
  'on a server, two processes that start at once make one organization, whose owner signs in many times at once',
  async () => {
    const server = await openTestDatabase('server')
    const made = await Promise.all([ensureFirstOrganization(server), ensureFirstOrganization(server)])
    expect(new Set(made.map((first) => first.organizationId)).size).toBe(1)
    const owners = made.flatMap((first) => (first.owner ? [first.owner] : []))
    expect(owners).toHaveLength(1)

    const parts = {
      trustedOrigins: [],
      localToken: undefined,
      clock: systemClock,
      logger: createLogger({ level: 'fatal' }),
    }
    const { handleAuth, resolveCaller } = createIdentity({
      database: server,
      masterKey: randomBytes(32),
      publicUrl,
      ...parts,
    })
    const signIns = await Promise.all(
      Array.from({ length: 12 }, () =>
        handleAuth(
          new Request(`${publicUrl}/api/auth/sign-in/email`, {
            method: 'POST',
            headers: { 'content-type': 'application/json', origin: publicUrl },
            body: JSON.stringify(owners[0]),
          }),
        ),
      ),
    )
    const callers = await Promise.all(signIns.map((response) => resolveCaller(headers({ cookie: cookieOf(response) }))))
    expect(callers.map((caller) => caller?.organization?.role)).toEqual(Array.from({ length: 12 }, () => 'owner'))
    await server.close()
  },
)

test('an entry stands after the one before it even where that one came from a clock ahead', async () => {
  const own = await addOrganization(database, 'Clocks')
  const ahead = '019f0000-0000-7000-8000-000000000000'
  await withTenant(database, own, (tx) => appendAudit(tx, { actor: 'cli', action: 'first' }))
  await database.kysely.updateTable('audit_logs').set({ id: ahead }).where('organization_id', '=', own).execute()
  await withTenant(database, own, (tx) => appendAudit(tx, { actor: 'cli', action: 'second' }))
  const entries = await withTenant(database, own, (tx) => listAudit(tx, { limit: 10 }))
  expect(entries.map(({ action }) => action)).toEqual(['second', 'first'])
})

test('a member who was removed has no organization at the next request', async () => {
  const { id, invitationToken } = await invite('rita@example.com', 'editor')
  const signedUp = await post('/sign-up/email', {
    name: 'Rita',
    email: 'rita@example.com',
    password: 'a long password',
    invitationToken,
  })
  const cookie = cookieOf(signedUp)
  await accept(id, cookie)
  const before = await identity.resolveCaller(headers({ cookie }))
  expect(before?.organization?.id).toBe(organizationId)
  await withSystem(database, (tx) =>
    tx
      .deleteFrom('organization_members')
      .where('user_id', '=', asId(before?.user?.id ?? ''))
      .execute(),
  )
  const after = await identity.resolveCaller(headers({ cookie }))
  expect(after?.organization).toBeUndefined()
  expect(after?.permissions.size).toBe(0)
})

test('an operator’s reset lets a user in with the new password alone, ends the sessions, and is on record', async () => {
  const { id, invitationToken } = await invite('rose@example.com', 'editor')
  const old = { email: 'rose@example.com', password: 'a long password' }
  const signedUp = await post('/sign-up/email', { name: 'Rose', ...old, invitationToken })
  const cookie = cookieOf(signedUp)
  await accept(id, cookie)
  const other = await signIn(owner)

  const reset = await resetPassword(database, { email: 'ROSE@example.com' })
  expect(reset).toMatchObject({ email: 'rose@example.com', endedSessions: 1 })
  expect(await identity.resolveCaller(headers({ cookie }))).toBeUndefined()
  expect((await post('/sign-in/email', old)).status).toBe(401)
  const caller = await identity.resolveCaller(headers({ cookie: await signIn(reset) }))
  expect(caller?.organization?.role).toBe('editor')
  expect(await identity.resolveCaller(headers({ cookie: other }))).toBeDefined()
  const [entry] = await withTenant(database, organizationId, (tx) => listAudit(tx, { limit: 1 }))
  expect(entry).toMatchObject({ actor: 'cli', action: 'user.password_reset', subject: `user:${caller?.user?.id}` })
  expect(JSON.stringify(entry)).not.toContain(reset.password)
})

test('a reset for nobody names the owners, and changes nothing', async () => {
  await expect(resetPassword(database, { email: `x' or '1'='1` })).rejects.toMatchObject({
    code: 'identity.user_unknown',
    hint: expect.stringContaining(owner.email),
  })
  expect((await post('/sign-in/email', owner)).status).toBe(200)
})
