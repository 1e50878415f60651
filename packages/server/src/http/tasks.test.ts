import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { openTestApp, publicUrl, type TestApp } from '../../test/http-app.ts'
import { addMember } from '../../test/members.ts'
import { newId } from '../base/ids.ts'
import { withTenant } from '../db/index.ts'

let http: TestApp
let owner: Record<string, string>
let reader: Record<string, string>
beforeAll(async () => {
  http = await openTestApp({ runsPerMinute: 10_000 })
  owner = { cookie: await http.signIn(), origin: publicUrl }
  reader = await http.keyWith(['tasks:read'])
  const { organizationId } = http
  await withTenant(http.database, organizationId, (tx) =>
    tx
      .insertInto('brands')
      .values({ organization_id: organizationId, id: newId(), slug: 'acme', name: 'Acme' })
      .execute(),
  )
})
afterAll(() => http.close())

const call = async (method: string, path: string, body?: unknown, as = owner) => {
  const response = await http.send(method, path, { headers: as, ...(body === undefined ? {} : { body }) })
  const json: unknown = await response.json()
  return { status: response.status, body: z.looseObject({ id: z.string().optional() }).parse(json) }
}
const Me = z.looseObject({ user: z.object({ id: z.string(), name: z.string() }) })

test('a task is written, taken, done and found by whose it is, each change on the audit log', async () => {
  const { user } = Me.parse((await call('GET', '/v1/me')).body)
  const dueAt = '2099-01-01T00:00:00.000Z'
  const made = await call('POST', '/v1/tasks', { title: ' Call Ann ', brand: 'acme', priority: 'high', dueAt })
  expect(made).toMatchObject({
    status: 201,
    body: { title: 'Call Ann', description: '', status: 'open', priority: 'high', brand: 'acme', dueAt },
  })
  expect(made.body).not.toHaveProperty('assignee')
  const path = `/v1/tasks/${made.body.id}`
  const taken = await call('PATCH', path, { assigneeId: user.id, status: 'in_progress', dueAt: null })
  expect(taken.body).toMatchObject({ assignee: { userId: user.id, name: user.name }, status: 'in_progress' })
  expect(taken.body).not.toHaveProperty('dueAt')
  expect(await call('GET', path, undefined, reader)).toMatchObject({ status: 200, body: taken.body })
  const ids = async (query: string) => {
    const { body } = await call('GET', `/v1/tasks?${query}`)
    return z
      .object({ tasks: z.array(z.object({ id: z.string() })) })
      .parse(body)
      .tasks.map(({ id }) => id)
  }
  for (const query of ['assignee=me', `assignee=${user.id}`, 'status=unfinished', 'status=in_progress&brand=acme']) {
    expect(await ids(query), query).toEqual([made.body.id])
  }
  expect(await ids('assignee=none')).toEqual([])
  const done = await call('PATCH', path, { status: 'done' })
  expect(done.body).toMatchObject({ status: 'done', completedBy: `user:${user.id}`, completedAt: expect.any(String) })
  expect(await ids('status=unfinished')).toEqual([])
  expect((await call('PATCH', path, { status: 'open', assigneeId: null })).body).not.toHaveProperty('completedBy')
  expect((await call('GET', '/v1/audit-logs')).body).toMatchObject({
    entries: expect.arrayContaining(
      ['task.created', 'task.changed'].map((action) =>
        expect.objectContaining({ action, subject: `task:${made.body.id}` }),
      ),
    ),
  })
})

test('what is not there, or is no task, is refused, and so is who may only read', async () => {
  const add = (body: object, as = owner) => call('POST', '/v1/tasks', { title: 'x', ...body }, as)
  expect(await add({ brand: 'nobody' })).toMatchObject({ status: 404 })
  expect(await add({ assigneeId: newId() })).toMatchObject({ status: 404 })
  expect(await add({ conversationId: newId() })).toMatchObject({ status: 404 })
  for (const body of [
    { title: ' ' },
    { title: 'x'.repeat(201) },
    { priority: 'urgent' },
    { dueAt: 'soon' },
    { runId: newId() },
  ]) {
    expect(await add(body), JSON.stringify(body)).toMatchObject({ status: 400 })
  }
  expect(await add({}, reader)).toMatchObject({ status: 403 })
  expect(await call('PATCH', `/v1/tasks/${newId()}`, { status: 'done' })).toMatchObject({ status: 404 })
  const made = await add({})
  expect(await call('PATCH', `/v1/tasks/${made.body.id}`, { assigneeId: newId() })).toMatchObject({ status: 404 })
  expect(await call('PATCH', `/v1/tasks/${made.body.id}`, { status: 'lost' })).toMatchObject({ status: 400 })
  // A key has no tasks of its own.
  expect(await call('GET', '/v1/tasks?assignee=me', undefined, reader)).toMatchObject({
    status: 403,
    body: { code: 'identity.user_only' },
  })
})

test('viewers may read tasks, and editors may also write them', async () => {
  const password = 'a long password'
  const signedIn = async (role: string) => {
    const { email } = await addMember(http.database, { organizationId: http.organizationId, role, password })
    const response = await http.send('POST', '/api/auth/sign-in/email', {
      headers: { origin: publicUrl },
      body: { email, password },
    })
    const cookie = response.headers.getSetCookie().map((one) => one.split(';')[0])
    return { cookie: cookie.join('; '), origin: publicUrl }
  }
  const viewer = await signedIn('viewer')
  expect(await call('GET', '/v1/tasks', undefined, viewer)).toMatchObject({ status: 200 })
  expect(await call('POST', '/v1/tasks', { title: 'x' }, viewer)).toMatchObject({ status: 403 })
  expect(await call('POST', '/v1/tasks', { title: 'x' }, await signedIn('editor'))).toMatchObject({ status: 201 })
})
