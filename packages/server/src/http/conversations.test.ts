import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { openTestApp, type TestApp } from '../../test/http-app.ts'
import { newId } from '../base/ids.ts'
import { withTenant } from '../db/index.ts'

let http: TestApp
let manager: Record<string, string>
beforeAll(async () => {
  http = await openTestApp({ runsPerMinute: 10_000 })
  manager = await http.keyWith(['people:read', 'people:write'])
  const { organizationId } = http
  await withTenant(http.database, organizationId, (tx) =>
    tx
      .insertInto('brands')
      .values({ organization_id: organizationId, id: newId(), slug: 'acme', name: 'Acme' })
      .execute(),
  )
})
afterAll(() => http.close())

const call = async (method: string, path: string, body?: unknown) => {
  const response = await http.send(method, path, { headers: manager, ...(body === undefined ? {} : { body }) })
  const json: unknown = await response.json()
  return { status: response.status, body: z.looseObject({}).parse(json) }
}
const Detail = z.object({ conversation: z.object({ id: z.string() }) })

test('a conversation is begun, gone on with, closed, and listed by its status', async () => {
  const begun = await call('POST', '/v1/conversations', {
    brand: 'acme',
    subject: 'Mill',
    message: 'How do I free it?',
  })
  expect(begun).toMatchObject({
    status: 201,
    body: { conversation: { brand: 'acme', kind: 'support', messages: 1 }, messages: [{ role: 'user' }] },
  })
  const { id } = Detail.parse(begun.body).conversation
  expect(await call('POST', `/v1/conversations/${id}/messages`, { role: 'assistant', body: 'Warm it' })).toMatchObject({
    status: 201,
    body: { messages: [{ role: 'user' }, { role: 'assistant', body: 'Warm it' }] },
  })
  expect(await call('PUT', `/v1/conversations/${id}/status`, { status: 'closed' })).toMatchObject({ status: 200 })
  expect(await call('GET', '/v1/conversations?status=closed')).toMatchObject({ body: { conversations: [{ id }] } })
  expect(await call('GET', '/v1/conversations?status=open')).toMatchObject({ body: { conversations: [] } })
})

test('what is not there, or is no message, is refused', async () => {
  expect(await call('POST', '/v1/conversations', { brand: 'nobody' })).toMatchObject({ status: 404 })
  expect(await call('POST', '/v1/conversations', { brand: 'acme', personId: newId() })).toMatchObject({ status: 404 })
  expect(await call('POST', `/v1/conversations/${newId()}/messages`, { role: 'user', body: 'x' })).toMatchObject({
    status: 404,
  })
  expect(await call('PUT', `/v1/conversations/${newId()}/status`, { status: 'open' })).toMatchObject({ status: 404 })
  const { id } = Detail.parse((await call('POST', '/v1/conversations', { brand: 'acme' })).body).conversation
  for (const body of [
    { role: 'system', body: 'x' },
    { role: 'user', body: ' ' },
    { role: 'user', body: 'x'.repeat(20_001) },
  ]) {
    expect(await call('POST', `/v1/conversations/${id}/messages`, body)).toMatchObject({ status: 400 })
  }
})
