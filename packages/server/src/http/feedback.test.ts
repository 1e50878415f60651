import { Feedback } from '@neonhub/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addOrganization } from '../../test/database.ts'
import { openTestApp, type TestApp } from '../../test/http-app.ts'
import { newId } from '../base/ids.ts'
import { sql, withTenant } from '../db/index.ts'

let http: TestApp
const contentId = newId()
const [question, answer] = [newId(), newId()]
beforeAll(async () => {
  http = await openTestApp({ runsPerMinute: 1000 })
  const { organizationId: organization_id } = http
  const common = { organization_id, brand_id: newId() }
  await withTenant(http.database, organization_id, async (tx) => {
    await tx.insertInto('brands').values({ organization_id, id: common.brand_id, slug: 'mills', name: 'M' }).execute()
    const text = { key: 'article', kind: 'article', status: 'draft', title: 'T', body: 'B', citations: '[]' } as const
    await tx
      .insertInto('content')
      .values({ ...common, id: contentId, ...text, model: 'm' })
      .execute()
    const conversation_id = newId()
    await tx
      .insertInto('conversations')
      .values({ ...common, id: conversation_id, created_by: 'cli' })
      .execute()
    const message = { organization_id, conversation_id, author: 'cli', body: 'Hello' }
    await tx
      .insertInto('messages')
      .values({ ...message, id: question, role: 'user' })
      .execute()
    await tx
      .insertInto('messages')
      .values({ ...message, id: answer, role: 'assistant' })
      .execute()
  })
})
afterAll(() => http.close())

const give = (body: object, headers: Record<string, string> = http.operator) =>
  http.send('POST', '/v1/feedback', { headers, body: { verdict: 'down', ...body } })
const list = async (query = '', headers: Record<string, string> = http.operator) =>
  (await http.send('GET', `/v1/feedback${query}`, { headers })).json()

test('texts and answers are spoken of, by version, and what was said is withdrawn and never changed', async () => {
  const given = Feedback.parse(await (await give({ contentId, remark: 'Too long' })).json())
  expect(given).toMatchObject({ brand: 'mills', contentId, verdict: 'down', remark: 'Too long', isCurrent: true })
  expect((await give({ messageId: answer, verdict: 'up' })).status).toBe(201)
  await withTenant(http.database, http.organizationId, (tx) =>
    sql`update content set body = 'shorter' where id = ${contentId}`.execute(tx),
  )
  expect(await list(`?contentId=${contentId}`)).toMatchObject({ feedback: [{ id: given.id, isCurrent: false }] })
  expect(await list('?brand=mills')).toMatchObject({ feedback: [{ messageId: answer, isCurrent: true }, {}] })
  const withdraw = (headers: Record<string, string>) =>
    http.send('POST', `/v1/feedback/${given.id}/withdraw`, { headers })
  const first = Feedback.parse(await (await withdraw(http.operator)).json())
  expect(first).toMatchObject({ withdrawnBy: 'cli', remark: 'Too long' })
  expect(await (await withdraw(http.operator)).json()).toEqual(first)
  await expect(
    withTenant(http.database, http.organizationId, (tx) => sql`update feedback set remark = 'x'`.execute(tx)),
  ).rejects.toThrow('permission denied')
  const audit = await (await http.send('GET', '/v1/audit-logs', { headers: http.operator })).text()
  for (const event of ['feedback.given', 'feedback.withdrawn']) expect(audit).toContain(event)

  const reader = await http.keyWith(['runs:read'])
  expect((await give({ contentId }, reader)).status).toBe(403)
  expect((await withdraw(reader)).status).toBe(403)
  const stranger = await http.keyWith(['runs:read', 'runs:write'], await addOrganization(http.database))
  expect((await give({ contentId }, stranger)).status).toBe(404)
  expect((await withdraw(stranger)).status).toBe(404)
  expect(await list('', stranger)).toMatchObject({ feedback: [] })
})

test('what is about nothing, about two texts, about a question or absent is refused', async () => {
  for (const [body, status] of [
    [{}, 400],
    [{ contentId, messageId: answer }, 400],
    [{ contentId, verdict: 'sideways' }, 400],
    [{ messageId: question }, 404],
    [{ contentId: newId() }, 404],
  ] as const)
    expect((await give(body)).status).toBe(status)
})
