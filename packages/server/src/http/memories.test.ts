import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { openTestApp, type TestApp } from '../../test/http-app.ts'
import { newId } from '../base/ids.ts'
import { withTenant } from '../db/index.ts'

let http: TestApp
let manager: Record<string, string>
let reader: Record<string, string>
beforeAll(async () => {
  http = await openTestApp({ runsPerMinute: 10_000 })
  manager = await http.keyWith(['brands:read', 'brands:write', 'audit:read'])
  reader = await http.keyWith(['brands:read'])
  const { organizationId } = http
  await withTenant(http.database, organizationId, (tx) =>
    tx
      .insertInto('brands')
      .values({ organization_id: organizationId, id: newId(), slug: 'acme', name: 'Acme' })
      .execute(),
  )
})
afterAll(() => http.close())

const call = async (method: string, path: string, body?: unknown, as = manager) => {
  const response = await http.send(method, path, { headers: as, ...(body === undefined ? {} : { body }) })
  const json: unknown = await response.json()
  return { status: response.status, body: z.looseObject({ id: z.string().optional() }).parse(json) }
}

test('a memory is written, listed, changed, replaced and forgotten, each on the audit log', async () => {
  const made = await call('POST', '/v1/memories', { brand: 'acme', text: 'Say mills', kind: 'preference' })
  expect(made).toMatchObject({ status: 201, body: { brand: 'acme', status: 'active', pinned: false } })
  const path = `/v1/memories/${made.body.id}`
  const expiresAt = '2099-01-01T00:00:00.000Z'
  expect(await call('PATCH', path, { pinned: true, expiresAt })).toMatchObject({ body: { pinned: true, expiresAt } })
  const cleared = await call('PATCH', path, { expiresAt: null })
  expect(cleared.body).not.toHaveProperty('expiresAt')
  expect(await call('GET', '/v1/memories?brand=acme&status=active')).toMatchObject({
    body: { memories: [{ id: made.body.id, text: 'Say mills' }] },
  })
  expect(await call('GET', '/v1/memories?status=proposed')).toMatchObject({ body: { memories: [] } })
  const next = await call('POST', '/v1/memories', { brand: 'acme', text: 'Say grinders', replaces: made.body.id })
  expect(await call('GET', path)).toMatchObject({ body: { replacedBy: next.body.id } })
  expect(await call('DELETE', `/v1/memories/${next.body.id}`)).toMatchObject({ status: 200 })
  expect(await call('GET', path)).toMatchObject({ status: 404 })
  expect((await call('GET', '/v1/audit-logs')).body).toMatchObject({
    entries: expect.arrayContaining(
      ['memory.created', 'memory.changed', 'memory.deleted'].map((action) => expect.objectContaining({ action })),
    ),
  })
})

test('what is not there, or is no memory, is refused, and so is who may only read', async () => {
  const add = (body: object, as = manager) => call('POST', '/v1/memories', { brand: 'acme', text: 'x', ...body }, as)
  expect(await add({ brand: 'nobody' })).toMatchObject({ status: 404 })
  expect(await add({ personId: newId() })).toMatchObject({ status: 404 })
  expect(await add({ agent: 'Nobody' })).toMatchObject({ status: 404, body: { code: 'runtime.agent_unknown' } })
  expect(await add({ replaces: newId() })).toMatchObject({
    status: 409,
    body: { code: 'knowledge.memory_replaced' },
  })
  for (const body of [{ text: ' ' }, { text: 'x'.repeat(2001) }, { kind: 'rumour' }, { expiresAt: 'soon' }]) {
    expect(await add(body)).toMatchObject({ status: 400 })
  }
  expect(await add({}, reader)).toMatchObject({ status: 403 })
  const path = `/v1/memories/${newId()}`
  expect(await call('PATCH', path, { accept: true })).toMatchObject({ status: 404 })
  expect(await call('DELETE', path)).toMatchObject({ status: 404 })
})
