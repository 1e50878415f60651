import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addOrganization, databaseKinds, isMissing, openTestDatabase } from '../../test/database.ts'
import { type HttpAnswer, type RecordedRequest, startHttpRecorder } from '../../test/http-recorder.ts'
import { systemClock } from '../base/clock.ts'
import { newId, type OrganizationId, type WebhookEndpointId, type WebhookMessageId } from '../base/ids.ts'
import { createMetrics } from '../base/metrics.ts'
import { type Database, sql, withTenant } from '../db/index.ts'
import {
  addEndpoint,
  announce,
  changeEndpoint,
  createDelivery,
  findMessage,
  getEndpoint,
  listMessages,
  redeliver,
  rotateSecret,
  testEndpoint,
} from './index.ts'
import { claimMessage } from './sql/claim-message.ts'

const headersOf = ({ headers }: RecordedRequest) => ({
  'webhook-id': String(headers['webhook-id']),
  'webhook-timestamp': String(headers['webhook-timestamp']),
  'webhook-signature': String(headers['webhook-signature']),
})

for (const kind of databaseKinds) {
  describe.skipIf(isMissing(kind))(`outbound webhooks on the ${kind} database`, () => {
    const masterKey = randomBytes(32)
    let database: Database
    let organizationId: OrganizationId
    let receiver: Awaited<ReturnType<typeof startHttpRecorder>>
    /** What the receiver answers on a path; 204 where nothing stands here. */
    const answers = new Map<string, HttpAnswer | 'cut' | 'hang'>()

    beforeAll(async () => {
      database = await openTestDatabase(kind)
      organizationId = await addOrganization(database)
      receiver = await startHttpRecorder(({ path }) => answers.get(path) ?? { status: 204 })
    })
    afterAll(async () => {
      await receiver.close()
      await database.close()
    })

    const inTenant = <Result>(work: Parameters<typeof withTenant<Result>>[2], id = organizationId) =>
      withTenant(database, id, work)
    const dispatched: unknown[] = []
    const deliveryOf = (options: { fetch?: typeof fetch; timeoutMs?: number } = {}) =>
      createDelivery({
        database,
        queue: { dispatch: async (_organizationId, jobId) => void dispatched.push(jobId) },
        clock: systemClock,
        metrics: createMetrics(),
        fetch,
        masterKey,
        timeoutMs: 2_000,
        ...options,
      })
    /** Does one job of the queue for an endpoint. */
    const deliver = (endpointId: WebhookEndpointId, delivery = deliveryOf()) =>
      delivery(
        { organizationId, id: newId(), queue: 'webhook.out', runId: undefined, payload: { endpointId }, attempts: 1 },
        new AbortController().signal,
      )
    const add = (path: string, eventTypes: readonly string[] = ['run.failed']) =>
      inTenant((tx) =>
        addEndpoint(tx, masterKey, { url: receiver.url + path, eventTypes, description: '', createdBy: 'cli' }),
      )
    const sentTo = (path: string) => receiver.requests.filter((request) => request.path === path)
    const announceFailure = (data = { runId: 'r' }) => inTenant((tx) => announce(tx, 'run.failed', async () => data))
    const messagesOf = (endpointId: WebhookEndpointId) => inTenant((tx) => listMessages(tx, { limit: 100, endpointId }))
    const messageOf = (id: WebhookMessageId) => inTenant((tx) => findMessage(tx, id))
    /** Lets an endpoint's messages be due now, as if their time had passed. */
    const passTime = (endpointId: WebhookEndpointId) =>
      inTenant((tx) =>
        sql`
          update webhook_messages set next_at = clock_timestamp(),
            lease_until = case when status = 'sending' then clock_timestamp() end
          where endpoint_id = ${endpointId}
        `.execute(tx),
      )

    test('an event is signed as receivers’ libraries check it, and keeps id and bytes over its attempts', async () => {
      const { endpoint, secret } = await add('/retried')
      answers.set('/retried', { status: 500, body: 'broken' })
      await announceFailure()
      await deliver(endpoint.id)
      answers.set('/retried', { status: 200, body: 'thanks' })
      await deliver(endpoint.id)
      expect(sentTo('/retried')).toHaveLength(1)
      await passTime(endpoint.id)
      await deliver(endpoint.id)
      const [first, second, ...others] = sentTo('/retried')
      if (!first || !second) return expect.fail('it was not sent twice')
      expect(others).toEqual([])
      expect(second.body).toBe(first.body)
      expect(headersOf(second)['webhook-id']).toBe(headersOf(first)['webhook-id'])
      for (const request of [first, second]) {
        expect(new Webhook(secret).verify(request.body, headersOf(request))).toMatchObject({
          type: 'run.failed',
          data: { runId: 'r' },
        })
      }
      const [message] = await messagesOf(endpoint.id)
      expect(message).toMatchObject({ status: 'delivered', attempts: 2, nextAt: undefined })
      expect(await messageOf(message?.id ?? newId())).toMatchObject({
        history: [
          { number: 2, statusCode: 200, answer: 'thanks', error: undefined, url: `${receiver.url}/retried` },
          { number: 1, statusCode: 500, answer: 'broken', error: 'The receiver answered 500' },
        ],
      })
      expect(await inTenant((tx) => getEndpoint(tx, endpoint.id))).toMatchObject({
        failingSince: undefined,
        pending: 0,
      })
    })

    test('what is rolled back was never announced, and who does not listen is told nothing', async () => {
      const { endpoint } = await add('/quiet', ['approval.*'])
      const undone = inTenant(async (tx) => {
        await announce(tx, 'approval.requested', async () => ({ n: 1 }))
        throw new Error('undone')
      })
      await expect(undone).rejects.toThrow('undone')
      await inTenant((tx) => announce(tx, 'run.waiting', () => expect.fail('nobody listens')))
      await inTenant((tx) => announce(tx, 'approval.denied', async () => ({ n: 2 })))
      const others = await addOrganization(database, 'Others')
      await inTenant((tx) => announce(tx, 'approval.denied', async () => ({ n: 3 })), others)
      expect(await messagesOf(endpoint.id)).toMatchObject([{ eventType: 'approval.denied' }])
    })

    test('a new secret signs beside the one before it, and alone once that is over', async () => {
      const { endpoint, secret } = await add('/rotated', ['run.cancelled'])
      const { secret: newer } = await inTenant((tx) =>
        rotateSecret(tx, masterKey, { id: endpoint.id, overlapMs: 3_600_000 }),
      )
      await inTenant((tx) => testEndpoint(tx, { id: endpoint.id, requestedBy: 'cli' }))
      await deliver(endpoint.id)
      const both = sentTo('/rotated').at(-1) ?? expect.fail('it was not sent')
      for (const key of [secret, newer]) new Webhook(key).verify(both.body, headersOf(both))
      const { secret: newest } = await inTenant((tx) => rotateSecret(tx, masterKey, { id: endpoint.id, overlapMs: 0 }))
      await inTenant((tx) => testEndpoint(tx, { id: endpoint.id, requestedBy: 'cli' }))
      await deliver(endpoint.id)
      const last = sentTo('/rotated').at(-1) ?? expect.fail('it was not sent')
      new Webhook(newest).verify(last.body, headersOf(last))
      for (const key of [secret, newer])
        expect(() => new Webhook(key).verify(last.body, headersOf(last))).toThrow('No matching signature')
    })

    test('410 disables an endpoint at once; what waits is kept, and goes out once it is enabled', async () => {
      const { endpoint } = await add('/gone', ['run.succeeded'])
      answers.set('/gone', { status: 410 })
      await inTenant((tx) => announce(tx, 'run.succeeded', async () => ({ n: 1 })))
      await deliver(endpoint.id)
      expect(await messagesOf(endpoint.id)).toMatchObject([{ status: 'failed', attempts: 1 }])
      const disabled = await inTenant((tx) => getEndpoint(tx, endpoint.id))
      expect(disabled).toMatchObject({ disabledReason: expect.stringContaining('410') })
      const told = () =>
        inTenant((tx) =>
          tx
            .selectFrom('notifications')
            .select(['kind', 'facts', sql<boolean>`resolved_at is null`.as('open')])
            .where('subject_id', '=', endpoint.id)
            .execute(),
        )
      expect(await told()).toEqual([{ kind: 'webhook_disabled', facts: { reason: 'gone' }, open: true }])
      await inTenant((tx) => announce(tx, 'run.succeeded', () => expect.fail('a disabled endpoint hears nothing')))
      const test = inTenant((tx) => testEndpoint(tx, { id: endpoint.id, requestedBy: 'cli' }))
      await expect(test).rejects.toMatchObject({ code: 'webhooks.endpoint_disabled' })

      answers.delete('/gone')
      await inTenant((tx) => changeEndpoint(tx, endpoint.id, { disabledReason: undefined }))
      expect(await told()).toMatchObject([{ open: false }])
      const [message] = await messagesOf(endpoint.id)
      await inTenant((tx) => redeliver(tx, message?.id ?? newId()))
      const again = inTenant((tx) => redeliver(tx, message?.id ?? newId()))
      await expect(again).rejects.toMatchObject({ code: 'webhooks.message_under_way' })
      await deliver(endpoint.id)
      expect(await messagesOf(endpoint.id)).toMatchObject([{ id: message?.id, status: 'delivered', attempts: 2 }])
      expect(new Set(sentTo('/gone').map((request) => headersOf(request)['webhook-id']))).toEqual(
        new Set([message?.id]),
      )
    })

    test('an endpoint that has failed for three days is disabled, and a success forgets earlier failures', async () => {
      const { endpoint } = await add('/failing', ['run.waiting'])
      answers.set('/failing', { status: 503 })
      const failSince = (days: number) =>
        inTenant((tx) =>
          sql`
            update webhook_endpoints set failing_since = now() - make_interval(days => ${days}) where id = ${endpoint.id}
          `.execute(tx),
        )
      const send = async () => {
        await inTenant((tx) => testEndpoint(tx, { id: endpoint.id, requestedBy: 'cli' }))
        await deliver(endpoint.id)
        return inTenant((tx) => getEndpoint(tx, endpoint.id))
      }
      expect(await send()).toMatchObject({ disabledAt: undefined, failingSince: expect.any(Date) })
      await failSince(2)
      expect(await send()).toMatchObject({ disabledAt: undefined })
      await failSince(4)
      expect(await send()).toMatchObject({ disabledReason: 'Every attempt of the last 3 days failed', pending: 3 })
      answers.delete('/failing')
      await inTenant((tx) => changeEndpoint(tx, endpoint.id, { disabledReason: undefined }))
      await passTime(endpoint.id)
      await deliver(endpoint.id)
      const well = await inTenant((tx) => getEndpoint(tx, endpoint.id))
      expect(well).toMatchObject({ disabledAt: undefined, failingSince: undefined, pending: 0 })
    })

    test('redirects are not followed, long answers are cut, and silence ends at the deadline', async () => {
      const { endpoint } = await add('/odd', ['run.needs_attention'])
      const outcomeOf = async (answer: HttpAnswer | 'cut' | 'hang', timeoutMs = 2_000) => {
        answers.set('/odd', answer)
        const id = await inTenant((tx) => testEndpoint(tx, { id: endpoint.id, requestedBy: 'cli' }))
        await deliver(endpoint.id, deliveryOf({ timeoutMs }))
        const message = await messageOf(id ?? newId())
        return message?.history[0]
      }
      const before = sentTo('/elsewhere').length
      const moved = { status: 307, headers: { location: `${receiver.url}/elsewhere` } }
      expect(await outcomeOf(moved)).toMatchObject({ statusCode: 307, error: expect.stringContaining('redirects') })
      expect(sentTo('/elsewhere')).toHaveLength(before)
      const long = await outcomeOf({ status: 200, body: `\0${'x'.repeat(5_000_000)}` })
      expect(long).toMatchObject({ statusCode: 200, answer: `\uFFFD${'x'.repeat(1023)}` })
      expect(await outcomeOf('hang', 300)).toMatchObject({
        statusCode: undefined,
        error: 'No answer within 0.3 seconds',
      })
      expect(await outcomeOf('cut')).toMatchObject({ statusCode: undefined, error: expect.any(String) })
    })

    test('what a killed worker had in hand is sent again under its id, and a late answer of it decides nothing', async () => {
      const { endpoint } = await add('/killed', ['run.failed'])
      await inTenant((tx) => testEndpoint(tx, { id: endpoint.id, requestedBy: 'cli' }))
      const claim = () =>
        inTenant((tx) =>
          claimMessage(tx, { endpointId: endpoint.id, attemptId: newId(), inFlight: 3, leaseMs: 60_000 }),
        )
      const claimed = (await claim()) ?? expect.fail('there was nothing to claim')
      await deliver(endpoint.id)
      expect(sentTo('/killed')).toHaveLength(0)
      await passTime(endpoint.id)
      await deliver(endpoint.id)
      expect(sentTo('/killed').map((request) => headersOf(request)['webhook-id'])).toEqual([claimed.id])
      const message = await messageOf(claimed.id)
      expect(message).toMatchObject({ status: 'delivered', history: [{ number: 2 }, { number: 1 }] })
      expect(message?.history[1]?.durationMs).toBeUndefined()
    })

    test('two workers send at most three at once to an endpoint, each message once', async () => {
      let now = 0
      let most = 0
      const counting: typeof fetch = async (...request) => {
        most = Math.max(most, (now += 1))
        await sleep(30)
        return fetch(...request).finally(() => (now -= 1))
      }
      const { endpoint } = await add('/many', ['approval.expired'])
      for (let index = 0; index < 20; index += 1)
        await inTenant((tx) => announce(tx, 'approval.expired', async () => ({ index })))
      const delivery = deliveryOf({ fetch: counting })
      await Promise.all([deliver(endpoint.id, delivery), deliver(endpoint.id, delivery)])
      for (let pass = 0; pass < 50 && (await messagesOf(endpoint.id)).some(({ status }) => status !== 'delivered');)
        pass = (await deliver(endpoint.id, delivery), pass + 1)
      const ids = sentTo('/many').map((request) => headersOf(request)['webhook-id'])
      expect(ids).toHaveLength(20)
      expect(new Set(ids).size).toBe(20)
      expect(most).toBeGreaterThan(1)
      expect(most).toBeLessThanOrEqual(3)
    })
  })
}
