import { routes } from '@neonhub/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addOrganization } from '../../test/database.ts'
import { openTestApp, publicUrl, type TestApp } from '../../test/http-app.ts'
import { newId } from '../base/ids.ts'
import { withTenant } from '../db/index.ts'
import { tellMembers } from '../notifications/index.ts'

let http: TestApp
beforeAll(async () => {
  http = await openTestApp({ runsPerMinute: 1000 })
})
afterAll(() => http.close())

test('each caller is told of what they may see and have not muted, and marks it for themselves alone', async () => {
  const [runId, endpointId] = [newId(), newId()]
  await withTenant(http.database, http.organizationId, async (tx) => {
    await tellMembers(tx, 'run_failed', { subjectId: runId, facts: { agent: 'SEOAgent' } })
    await tellMembers(tx, 'webhook_disabled', { subjectId: endpointId, facts: { reason: 'gone' } })
  })
  const list = async (headers: Record<string, string>, query = '') =>
    routes.listNotifications.responses[200].schema.parse(
      await (await http.send('GET', `/v1/notifications${query}`, { headers })).json(),
    )
  const owner = { cookie: await http.signIn(), origin: publicUrl }
  const page = await list(owner)
  expect(page).toMatchObject({
    unread: 2,
    notifications: [
      { kind: 'webhook_disabled', subject: { type: 'webhook_endpoint', id: endpointId }, unread: true },
      { kind: 'run_failed', subject: { type: 'run', id: runId }, facts: { agent: 'SEOAgent' }, unread: true },
    ],
  })
  const [disabled, failed] = page.notifications
  const read = (id: string | undefined, headers: Record<string, string>) =>
    http.send('POST', `/v1/notifications/${id}/read`, { headers })

  // A key sees by its scopes, and knows nothing of the rest.
  const reader = await http.keyWith(['runs:read'])
  expect((await list(reader)).notifications.map(({ kind }) => kind)).toEqual(['run_failed'])
  expect((await read(disabled?.id, reader)).status).toBe(404)
  const stranger = await http.keyWith(['runs:read', 'webhooks:read'], await addOrganization(http.database))
  expect(await list(stranger)).toMatchObject({ unread: 0, notifications: [] })
  for (const id of [failed?.id, newId()]) expect((await read(id, stranger)).status).toBe(404)

  expect((await read(failed?.id, owner)).status).toBe(200)
  expect((await list(owner, '?unread=true')).notifications.map(({ kind }) => kind)).toEqual(['webhook_disabled'])
  expect((await list(reader)).unread).toBe(1)

  const mute = (inApp: boolean) =>
    http.send('PATCH', '/v1/me/settings', {
      headers: owner,
      body: { notifications: { webhook_disabled: { mail: false, inApp } } },
    })
  expect((await mute(false)).status).toBe(200)
  expect(await list(owner)).toMatchObject({ unread: 0, notifications: [{ kind: 'run_failed' }] })
  await mute(true)
  const all = await http.send('POST', '/v1/notifications/read', { headers: owner })
  expect(await all.json()).toEqual({ read: 1 })
  expect((await http.send('GET', '/v1/notifications?before=nonsense', { headers: owner })).status).toBe(400)
})
