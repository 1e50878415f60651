import {
  Connection,
  InboundAddress,
  permissions,
  Trigger,
  WebhookDelivery,
  WebhookEndpoint,
  WebhookMessage,
} from '@neonhub/contract'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { addOrganization } from '../../test/database.ts'
import { openTestApp, type TestApp } from '../../test/http-app.ts'
import { newId } from '../base/ids.ts'

let http: TestApp
beforeAll(async () => {
  http = await openTestApp({ runsPerMinute: 1000 })
})
afterAll(() => http.close())

const url = 'https://receiver.example/hooks?token=private'
const Made = z.object({ endpoint: WebhookEndpoint, secret: z.string().regex(/^whsec_[A-Za-z0-9+/]{43}=$/) })

async function add(headers: Record<string, string>) {
  const response = await http.send('POST', '/v1/webhook-endpoints', { headers, body: { url, eventTypes: ['run.*'] } })
  expect(response.status).toBe(201)
  return Made.parse(await response.json())
}

test('an endpoint shows its secret once, is tested, switched off and on, and leaves its trail', async () => {
  const headers = http.operator
  const { endpoint, secret } = await add(headers)
  expect(endpoint).toMatchObject({ url, status: 'enabled', pending: 0, createdBy: 'cli' })
  const listed = await (await http.send('GET', '/v1/webhook-endpoints', { headers })).text()
  expect(listed).not.toContain(secret)

  const path = `/v1/webhook-endpoints/${endpoint.id}`
  const tested = WebhookMessage.parse(await (await http.send('POST', `${path}/test`, { headers })).json())
  expect(tested).toMatchObject({ eventType: 'webhook.test', status: 'pending', attempts: 0 })
  expect(http.memory.woken).toContain(endpoint.id)
  const shown = await (await http.send('GET', `/v1/webhook-messages/${tested.id}`, { headers })).json()
  expect(shown).toMatchObject({ body: { type: 'webhook.test', data: { requestedBy: 'cli' } }, history: [] })
  const underWay = await http.send('POST', `/v1/webhook-messages/${tested.id}/redeliver`, { headers })
  expect(await underWay.json()).toMatchObject({ status: 409, code: 'webhooks.message_under_way' })

  const rotated = Made.parse(await (await http.send('POST', `${path}/rotate`, { headers, body: {} })).json())
  expect(rotated.secret).not.toBe(secret)
  expect(rotated.endpoint.earlierSecretUntil).toBeDefined()
  const disabled = await (await http.send('POST', `${path}/disable`, { headers, body: { reason: 'moves' } })).json()
  expect(disabled).toMatchObject({ status: 'disabled', disabledReason: 'moves', pending: 1 })
  const refused = await http.send('POST', `${path}/test`, { headers })
  expect(await refused.json()).toMatchObject({ status: 409, code: 'webhooks.endpoint_disabled' })
  expect(await (await http.send('POST', `${path}/enable`, { headers })).json()).toMatchObject({ status: 'enabled' })
  expect((await http.send('DELETE', path, { headers })).status).toBe(200)
  expect((await http.send('GET', `/v1/webhook-messages/${tested.id}`, { headers })).status).toBe(404)

  const audit = await (await http.send('GET', '/v1/audit-logs', { headers })).text()
  for (const event of ['created', 'tested', 'rotated', 'disabled', 'enabled', 'deleted'])
    expect(audit).toContain(`webhook_endpoint.${event}`)
  for (const hidden of [secret, 'token=private']) expect(audit).not.toContain(hidden)
})

test('an event comes in at the address of its connection, and the trigger of it is kept, changed and removed', async () => {
  const headers = http.operator
  const connected = await http.send('POST', '/v1/connections', {
    headers,
    body: { connector: 'webhook', mode: 'sandbox', name: 'shop' },
  })
  const { id: connectionId } = Connection.parse(await connected.json())
  const shown = await http.send('GET', `/v1/connections/${connectionId}/inbound`, { headers })
  const { url: inbound, sandboxSecret = '' } = InboundAddress.parse(await shown.json())
  const set = {
    name: 'Orders',
    connectionId,
    eventTypes: ['order.*'],
    agent: 'SEOAgent',
    intent: 'seo-audit',
    input: { url: '{{data.url}}' },
  }
  const made = await http.send('POST', '/v1/triggers', { headers, body: set })
  expect(made.status).toBe(201)
  const trigger = Trigger.parse(await made.json())
  const taken = await http.send('POST', '/v1/triggers', { headers, body: set })
  expect(await taken.json()).toMatchObject({ status: 409, code: 'triggers.name_taken' })
  const nobody = await http.send('POST', '/v1/triggers', { headers, body: { ...set, name: 'x', agent: 'Nobody' } })
  expect(await nobody.json()).toMatchObject({ status: 400, code: 'runtime.agent_unknown' })

  const post = (body: string, secret: string, id = 'msg_1') => {
    const now = new Date()
    return http.app.request(inbound, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'text/plain',
        authorization: 'Basic bm9ib2R5',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
        'webhook-signature': new Webhook(secret).sign(id, now, body),
      },
    })
  }
  const event = JSON.stringify({ type: 'order.paid', data: { url: 'https://example.com' } })
  const forged = await post(event, `whsec_${Buffer.alloc(32, 1).toString('base64')}`)
  expect(await forged.json()).toMatchObject({ status: 401, code: 'triggers.signature_invalid' })
  expect(await (await post(event, sandboxSecret)).json()).toEqual({ received: 'stored' })
  expect(await (await post(event, sandboxSecret)).json()).toEqual({ received: 'repeated' })
  expect((await post('[', sandboxSecret, 'msg_2')).status).toBe(400)
  expect((await post('x'.repeat(1_100_000), sandboxSecret, 'msg_3')).status).toBe(413)
  const nowhere = await http.send('POST', '/v1/webhooks/in/nowhere', { body: {} })
  expect(await nowhere.json()).toMatchObject({ status: 404, code: 'triggers.address_unknown' })

  const listed = await http.send('GET', `/v1/webhook-deliveries?connection=${connectionId}`, { headers })
  const { deliveries } = z.object({ deliveries: z.array(WebhookDelivery) }).parse(await listed.json())
  expect(deliveries).toMatchObject([
    { eventId: 'msg_1', eventType: 'order.paid', status: 'pending', connection: 'shop' },
  ])
  const path = `/v1/webhook-deliveries/${deliveries[0]?.id}`
  const detail = await (await http.send('GET', path, { headers })).json()
  expect(detail).toMatchObject({ data: { url: 'https://example.com' }, firings: [] })
  const retried = await http.send('POST', `${path}/retry`, { headers })
  expect(await retried.json()).toMatchObject({ status: 409, code: 'triggers.delivery_settled' })

  const foreign = await http.keyWith(permissions, await addOrganization(http.database, 'Strangers'))
  for (const [method, theirs, body] of [
    ['GET', path],
    ['POST', `${path}/retry`],
    ['PUT', `/v1/triggers/${trigger.id}`, set],
    ['DELETE', `/v1/triggers/${trigger.id}`],
    ['GET', `/v1/connections/${connectionId}/inbound`],
  ] as const) {
    const ask = async (where: string) => {
      const response = await http.send(method, where, { headers: foreign, ...(body ? { body } : {}) })
      const { requestId, ...problem } = z.looseObject({ requestId: z.string() }).parse(await response.json())
      return { ...problem, isNamed: requestId !== '' }
    }
    const answer = await ask(theirs)
    expect(answer).toMatchObject({ status: 404 })
    expect(answer).toEqual(await ask(theirs.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, newId())))
  }
  const off = await http.send('PUT', `/v1/triggers/${trigger.id}`, { headers, body: { ...set, isEnabled: false } })
  expect(await off.json()).toMatchObject({ isEnabled: false })
  expect((await http.send('DELETE', `/v1/triggers/${trigger.id}`, { headers })).status).toBe(200)
  expect(await (await http.send('GET', '/v1/triggers', { headers })).json()).toEqual({ triggers: [] })
})

test('addresses inside, and events that there are not, are refused with their place', async () => {
  const headers = http.operator
  const inside = { url: 'http://127.0.0.1:8080/', eventTypes: ['*'] }
  const refused = await http.send('POST', '/v1/webhook-endpoints', { headers, body: inside })
  expect(await refused.json()).toMatchObject({ status: 403, code: 'base.address_refused' })
  const unknown = { url, eventTypes: ['run.exploded'] }
  const invalid = await http.send('POST', '/v1/webhook-endpoints', { headers, body: unknown })
  expect(await invalid.json()).toMatchObject({ status: 400, issues: [{ path: 'body.eventTypes[0]' }] })
})

test('a foreign endpoint or message answers as an absent one', async () => {
  const { endpoint } = await add(http.operator)
  const tested = await http.send('POST', `/v1/webhook-endpoints/${endpoint.id}/test`, { headers: http.operator })
  const message = WebhookMessage.parse(await tested.json())
  const foreign = await http.keyWith(
    ['webhooks:read', 'webhooks:write'],
    await addOrganization(http.database, 'Foreign'),
  )
  const problemOf = async (method: string, path: string, body?: unknown) => {
    const response = await http.send(method, path, { headers: foreign, ...(body === undefined ? {} : { body }) })
    const { requestId, ...problem } = z.looseObject({ requestId: z.string() }).parse(await response.json())
    expect(requestId).not.toBe('')
    return problem
  }
  const set = { url, eventTypes: ['*'] }
  for (const [method, action, body] of [
    ['PUT', '', set],
    ['DELETE', ''],
    ['POST', '/rotate', {}],
    ['POST', '/disable', {}],
    ['POST', '/enable'],
    ['POST', '/test'],
  ] as const) {
    const theirs = await problemOf(method, `/v1/webhook-endpoints/${endpoint.id}${action}`, body)
    expect(theirs).toMatchObject({ status: 404 })
    expect(theirs).toEqual(await problemOf(method, `/v1/webhook-endpoints/${newId()}${action}`, body))
  }
  for (const [method, action] of [
    ['GET', ''],
    ['POST', '/redeliver'],
  ] as const) {
    const theirs = await problemOf(method, `/v1/webhook-messages/${message.id}${action}`)
    expect(theirs).toMatchObject({ status: 404 })
    expect(theirs).toEqual(await problemOf(method, `/v1/webhook-messages/${newId()}${action}`))
  }
  const listed = await http.send('GET', `/v1/webhook-messages?endpoint=${endpoint.id}`, { headers: foreign })
  expect(await listed.json()).toEqual({ messages: [] })
})
