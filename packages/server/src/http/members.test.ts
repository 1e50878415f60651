import { Problem, type Route, routes } from '@neonhub/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeRun, openTestApp, publicUrl, type TestApp } from '../../test/http-app.ts'
import { addMember } from '../../test/members.ts'
import { totpOf } from '../../test/totp.ts'

let http: TestApp
let owner: Record<string, string>
beforeAll(async () => {
  http = await openTestApp({ runsPerMinute: 1000 })
  owner = { cookie: await http.signIn(), origin: publicUrl }
})
afterAll(() => http.close())

const password = 'a long password'

async function signIn(email: string): Promise<Record<string, string>> {
  const response = await http.send('POST', '/api/auth/sign-in/email', {
    headers: { origin: publicUrl },
    body: { email, password },
  })
  return { cookie: cookiesOf(response), origin: publicUrl }
}

const cookiesOf = (response: Response) =>
  response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ')

const addSignedIn = async (role: string) => {
  const member = await addMember(http.database, { organizationId: http.organizationId, role, password })
  return { ...member, headers: await signIn(member.email) }
}

async function ask(route: Route, headers: Record<string, string>, options: { id?: string; body?: unknown } = {}) {
  const path = route.path.replace('{id}', options.id ?? '')
  const body = options.body === undefined ? {} : { body: options.body }
  return http.send(route.method.toUpperCase(), path, { headers, ...body })
}

const problemOf = async (response: Response) => Problem.parse(await response.json())

test('somebody is invited, makes an account with the secret alone, and joins in the role of the invitation', async () => {
  const made = await ask(routes.createRole, owner, {
    body: { name: 'reviewer', permissions: ['runs:read', 'approvals:decide'] },
  })
  expect(made.status).toBe(201)
  const body = { email: 'Rae@Example.com', role: 'reviewer' }
  const created = routes.createInvitation.responses[201].schema.parse(
    await (await ask(routes.createInvitation, owner, { body })).json(),
  )
  const viewer = await addSignedIn('viewer')
  const listed = await (await ask(routes.listInvitations, viewer.headers)).text()
  expect(listed).toContain(created.invitation.id)
  expect(listed).not.toContain(created.token)
  const signUp = (invitationToken: string) =>
    http.send('POST', '/api/auth/sign-up/email', {
      headers: { origin: publicUrl },
      body: { name: 'Rae', email: 'rae@example.com', password, invitationToken },
    })
  expect((await signUp(created.invitation.id)).status).toBe(403)
  const signedUp = await signUp(created.token)
  expect(signedUp.status).toBe(200)
  const rae = { cookie: cookiesOf(signedUp), origin: publicUrl }
  expect(await (await ask(routes.listMyInvitations, rae)).json()).toMatchObject({
    invitations: [{ id: created.invitation.id, organization: 'Default', role: 'reviewer' }],
  })
  const { id } = created.invitation
  expect((await ask(routes.acceptInvitation, viewer.headers, { id })).status).toBe(404)
  expect((await ask(routes.acceptInvitation, rae, { id })).status).toBe(200)
  const me = routes.getMe.responses[200].schema.parse(await (await ask(routes.getMe, rae)).json())
  expect(me.permissions).toEqual(['runs:read', 'approvals:decide'])
  expect((await ask(routes.listRuns, rae)).status).toBe(200)
  expect((await ask(routes.listMembers, rae)).status).toBe(403)
  const again = await ask(routes.createInvitation, owner, { body })
  expect(await problemOf(again)).toMatchObject({ status: 409, code: 'identity.already_a_member' })
})

test('a member who is removed is let into nothing by the session that is open', async () => {
  const editor = await addSignedIn('editor')
  expect((await ask(routes.listRuns, editor.headers)).status).toBe(200)
  const removed = await ask(routes.removeMember, owner, { id: editor.id })
  expect(await removed.json()).toEqual({ revokedKeys: 0, cancelledInvitations: 0 })
  for (const route of [routes.listRuns, routes.getOrganization]) {
    expect((await problemOf(await ask(route, editor.headers))).code).toBe('identity.organization_required')
  }
  expect((await ask(routes.removeMember, owner, { id: editor.id })).status).toBe(404)
})

test('a stream that is open sends nothing that came after its reader was removed', async () => {
  const [reader, leaver] = [await addSignedIn('editor'), await addSignedIn('editor')]
  const run = http.memory.addRun(http.organizationId, makeRun({ status: 'running' }))
  const event = (id: number) => ({ id, type: 'run' as const, data: { runId: run.id, note: `event ${id}` } })
  http.memory.events.set(run.id, [event(1)])
  const open = async (headers: Record<string, string>) => {
    const response = await ask(routes.streamRunEvents, headers, { id: run.id })
    const chunks = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    const readUntil = async (words: string | undefined) => {
      for (;;) {
        if (words !== undefined && text.includes(words)) return text
        const chunk = await chunks?.read().catch(() => undefined)
        if (!chunk || chunk.done) return text
        text += chunk.value
      }
    }
    await readUntil('event 1')
    return readUntil
  }
  const [stays, leaves] = [await open(reader.headers), await open(leaver.headers)]
  expect((await ask(routes.removeMember, owner, { id: leaver.id })).status).toBe(200)
  http.memory.events.set(run.id, [event(1), event(2)])
  http.memory.setStatus(run.id, 'succeeded')
  expect(await stays('event 2')).toContain('event 2')
  const left = await leaves(undefined)
  expect(left).toContain('event 1')
  expect(left).not.toContain('event 2')
})

test('the last owner neither leaves nor is demoted, and says why', async () => {
  const { members } = routes.listMembers.responses[200].schema.parse(
    await (await ask(routes.listMembers, owner)).json(),
  )
  const self = members.find(({ roles }) => roles.includes('owner'))
  const demoted = await ask(routes.changeMemberRole, http.operator, { id: self?.id ?? '', body: { role: 'viewer' } })
  for (const refused of [await ask(routes.leaveOrganization, owner), demoted]) {
    expect(await problemOf(refused)).toMatchObject({
      status: 409,
      code: 'identity.last_owner',
      hint: 'Make somebody else an owner first.',
    })
  }
  const key = await http.keyWith(['members:manage', 'members:read'])
  const byKey = await ask(routes.changeMemberRole, key, { id: self?.id ?? '', body: { role: 'viewer' } })
  expect(await problemOf(byKey)).toMatchObject({ status: 403, code: 'identity.owner_only' })
  const leaving = await ask(routes.leaveOrganization, key)
  expect(await problemOf(leaving)).toMatchObject({ status: 403, code: 'identity.user_only' })
})

test('every change is in the audit log, and what is withheld is the operator’s alone to say', async () => {
  const body = { withheld: ['webhooks:write'] }
  expect((await ask(routes.withholdPermissions, owner, { body })).status).toBe(403)
  expect((await ask(routes.withholdPermissions, http.operator, { body })).status).toBe(200)
  const me = routes.getMe.responses[200].schema.parse(await (await ask(routes.getMe, owner)).json())
  expect(me.permissions).not.toContain('webhooks:write')
  await ask(routes.withholdPermissions, http.operator, { body: { withheld: [] } })
  const page = await http.send('GET', '/v1/audit-logs', { headers: http.operator })
  const { entries } = routes.listAuditLogs.responses[200].schema.parse(await page.json())
  expect(entries.map(({ action }) => action).toReversed()).toEqual(
    expect.arrayContaining(['role.created', 'member.invited', 'member.joined', 'member.removed']),
  )
  expect(entries[0]?.action).toBe('organization.permissions_withheld')
})

test('settings are a user’s own: keys and the operator have none', async () => {
  const changed = await ask(routes.changeMySettings, owner, { body: { theme: 'dark', timeZone: 'Europe/Berlin' } })
  expect(await changed.json()).toMatchObject({ theme: 'dark', timeZone: 'Europe/Berlin' })
  const viewer = await addSignedIn('viewer')
  expect(await (await ask(routes.getMySettings, viewer.headers)).json()).toMatchObject({ theme: 'system' })
  for (const body of [{ theme: 'pink' }, { timeZone: 'Mars/Olympus' }, { locale: 'no tag' }, { userId: 'x' }]) {
    expect((await ask(routes.changeMySettings, owner, { body })).status).toBe(400)
  }
  for (const headers of [http.operator, await http.keyWith(['runs:read'])]) {
    expect((await problemOf(await ask(routes.getMySettings, headers))).code).toBe('identity.user_only')
  }
})

test('an organization that asks for a second factor lets in who has one, says to others what to do, and leaves keys alone', async () => {
  const viewer = await addSignedIn('viewer')
  const key = await http.keyWith(['runs:read'])
  const organization = { name: 'Default', timeZone: 'UTC', requireTwoFactor: true }
  const shutOut = await ask(routes.updateOrganization, owner, { body: organization })
  expect(await problemOf(shutOut)).toMatchObject({ status: 409, code: 'identity.two_factor_missing' })
  expect((await ask(routes.updateOrganization, http.operator, { body: organization })).status).toBe(200)
  for (const route of [routes.listRuns, routes.getOrganization, routes.leaveOrganization]) {
    expect(await problemOf(await ask(route, viewer.headers))).toMatchObject({
      status: 403,
      code: 'identity.two_factor_required',
      hint: expect.stringContaining('Account'),
    })
  }
  expect(await (await ask(routes.getMe, viewer.headers)).json()).toMatchObject({
    twoFactorRequired: true,
    permissions: [],
  })
  expect((await ask(routes.getMySettings, viewer.headers)).status).toBe(200)
  expect((await ask(routes.listRuns, key)).status).toBe(200)

  const auth = (path: string, body: unknown, headers: Record<string, string>) =>
    http.send('POST', `/api/auth/two-factor/${path}`, { headers, body })
  const enabled: unknown = await (await auth('enable', { password }, viewer.headers)).json()
  const uri = String(Object(enabled).totpURI)
  const verified = await auth('verify-totp', { code: totpOf(uri) }, viewer.headers)
  const guarded = { cookie: cookiesOf(verified), origin: publicUrl }
  expect((await ask(routes.listRuns, guarded)).status).toBe(200)
})
