import { routes } from '@neonhub/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addOrganization } from '../../test/database.ts'
import { openTestApp, type TestApp } from '../../test/http-app.ts'
import { withTenant } from '../db/index.ts'
import { syncCatalogue } from '../ops/index.ts'
import { codeCatalogue } from '../runtime/index.ts'

let http: TestApp
beforeAll(async () => {
  http = await openTestApp()
})
afterAll(() => http.close())

const secret = 'canary-7f3a'
const create = (body: unknown) => http.send('POST', '/v1/connections', { headers: http.operator, body })

test('credentials go in and never come out', async () => {
  const response = await create({
    connector: 'webhook',
    name: 'crm',
    mode: 'sandbox',
    settings: {},
    credentials: { secret },
  })
  expect(response.status).toBe(201)
  const connection = routes.createConnection.responses[201].schema.parse(await response.clone().json())
  expect(connection).toMatchObject({ name: 'crm', hasCredentials: true })
  const list = await http.send('GET', '/v1/connections', { headers: http.operator })
  const audit = await http.send('GET', '/v1/audit-logs', { headers: http.operator })
  for (const answer of [response, list, audit]) expect(await answer.text()).not.toContain(secret)
  const rows = await withTenant(http.database, http.organizationId, (tx) =>
    tx.selectFrom('credentials').selectAll().execute(),
  )
  expect(rows.map(({ sealed }) => Buffer.from(sealed).includes(secret))).toEqual([false])
})

test('a name is taken once, and an unknown connector is refused', async () => {
  expect((await create({ connector: 'webhook', name: 'crm', mode: 'sandbox' })).status).toBe(409)
  expect((await create({ connector: 'telegraph', mode: 'sandbox' })).status).toBe(400)
  expect((await create({ connector: 'email', mode: 'real', settings: { host: 5 } })).status).toBe(400)
})

test('a connection set anew keeps its name and nothing of its old credentials', async () => {
  const list = routes.listConnections.responses[200].schema
  const connectionOf = async (name: string) =>
    list
      .parse(await (await http.send('GET', '/v1/connections', { headers: http.operator })).json())
      .connections.find((one) => one.name === name)
  const crm = await connectionOf('crm')
  const body = {
    mode: 'real',
    settings: { url: 'https://crm.example/hook' },
    credentials: { secret: `whsec_${'A'.repeat(32)}` },
  }
  const put = (id: string | undefined, change = {}) =>
    http.send('PUT', `/v1/connections/${id}`, { headers: http.operator, body: { ...body, ...change } })
  expect((await put(crm?.id)).status).toBe(200)
  expect(await connectionOf('crm')).toMatchObject({ id: crm?.id, mode: 'real', settings: body.settings })
  expect((await put(crm?.id, { settings: { url: 'nowhere' } })).status).toBe(400)
  expect((await put('019370f0-0000-7000-8000-000000000000')).status).toBe(404)
  const rows = await withTenant(http.database, http.organizationId, (tx) =>
    tx.selectFrom('credentials').select('id').execute(),
  )
  expect(rows).toHaveLength(1)
})

test('a check records what the provider said', async () => {
  const created = routes.createConnection.responses[201].schema.parse(
    await (await create({ connector: 'email', mode: 'sandbox' })).json(),
  )
  expect(created.name).toBe('email')
  const response = await http.send('POST', `/v1/connections/${created.id}/check`, { headers: http.operator })
  expect(response.status).toBe(200)
  expect(await response.json()).toMatchObject({ status: 'active', lastCheckedAt: expect.any(String) })
})

test('the catalogue says what can be connected, how, and what of it is connected here', async () => {
  await syncCatalogue(http.database, codeCatalogue(http.parts.services.agents))
  const list = async (headers: Record<string, string>) => {
    const response = await http.send('GET', '/v1/connectors', { headers })
    return { status: response.status, body: await response.json() }
  }
  const { connectors } = routes.listConnectors.responses[200].schema.parse((await list(http.operator)).body)
  const slack = connectors.find(({ id }) => id === 'slack')
  expect(slack).toMatchObject({
    auth: 'required',
    credentials: { properties: { botToken: { type: 'string' } }, required: ['botToken'] },
    triggers: [{ name: 'event' }],
  })
  expect(slack?.actions.map(({ tool, effect }) => [tool, effect])).toContainEqual(['slack.postMessage', 'lookup'])
  expect(connectors.find(({ id }) => id === 'webhook')?.connections).toContainEqual(
    expect.objectContaining({ name: 'crm', mode: 'real' }),
  )
  const stranger = await http.keyWith(['connections:read'], await addOrganization(http.database))
  const theirs = routes.listConnectors.responses[200].schema.parse((await list(stranger)).body)
  expect(theirs.connectors.flatMap((one) => one.connections)).toEqual([])
  expect((await list(await http.keyWith(['runs:read']))).status).toBe(403)
})

test('what is fixed of an action is told, kept by version and audited by names alone', async () => {
  const created = await create({ connector: 'slack', name: 'fixed', mode: 'sandbox' })
  const { id } = routes.createConnection.responses[201].schema.parse(await created.json())
  const path = `/v1/connections/${id}/actions`
  const put = (action: string, body: unknown, headers: Record<string, string> = http.operator) =>
    http.send('PUT', `${path}/${action}`, { headers, body })
  const body = { fixed: { channel: '#only-here' }, defaults: { text: 'Hello' } }
  expect(await (await put('postMessage', body)).json()).toMatchObject({ ...body, enabled: true, version: 1 })
  expect(await (await put('postMessage', { ...body, enabled: false })).json()).toMatchObject({ version: 2 })
  const list = async (headers: Record<string, string>) => http.send('GET', path, { headers })
  const { actions } = routes.listConnectionActions.responses[200].schema.parse(await (await list(http.operator)).json())
  expect(actions.map(({ tool, enabled, version }) => [tool, enabled, version])).toEqual([
    ['slack.postMessage', false, 2],
    ['slack.updateMessage', true, 0],
    ['slack.listChannels', true, 0],
  ])
  const price = { micros: 70_000, currency: 'EUR', per: 'recipient' }
  expect(await (await put('postMessage', { ...body, price })).json()).toMatchObject({ price, version: 3 })
  expect(await (await put('postMessage', body)).json()).not.toHaveProperty('price')
  for (const wrong of [{ micros: -1 }, { micros: 0.5 }, { currency: 'euro' }, { per: 'month' }]) {
    expect((await put('postMessage', { price: { ...price, ...wrong } })).status).toBe(400)
  }
  expect((await put('postMessage', { fixed: { chanel: '#a' } })).status).toBe(400)
  expect((await put('shout', {})).status).toBe(404)
  expect((await put('postMessage', {}, await http.keyWith(['connections:read']))).status).toBe(403)
  const stranger = await http.keyWith(['connections:read', 'connections:write'], await addOrganization(http.database))
  expect((await put('postMessage', {}, stranger)).status).toBe(404)
  expect((await list(stranger)).status).toBe(404)
  const audit = await (await http.send('GET', '/v1/audit-logs', { headers: http.operator })).text()
  expect(audit).toContain('connection.action_configured')
  expect(audit).not.toContain('#only-here')
})
