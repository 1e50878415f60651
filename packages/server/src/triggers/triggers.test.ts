import { randomBytes } from 'node:crypto'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { addOrganization, databaseKinds, isMissing, openTestDatabase } from '../../test/database.ts'
import { startTestRuntime, type TestRuntime } from '../../test/runtime.ts'
import { systemClock } from '../base/clock.ts'
import { asId, type ConnectionId, type DeliveryId, newId } from '../base/ids.ts'
import { createMetrics } from '../base/metrics.ts'
import { type Database, sql, withTenant } from '../db/index.ts'
import { dueDeliveries, takeUpDue } from '../ops/index.ts'
import { createLogger } from '../base/log.ts'
import { addConnection, defineAgent, intent, listConnections, replaceConnection } from '../runtime/index.ts'
import {
  createIntake,
  findDelivery,
  listDeliveries,
  listFirings,
  receive,
  retryDelivery,
  sandboxSecret,
  setTrigger,
  signInboundToken,
  wakeDelivery,
} from './index.ts'

const reader = defineAgent({
  name: 'Reader',
  description: 'Reads what comes in',
  kind: 'workflow',
  policy: { tools: [], maxCostMicros: 1 },
  intents: {
    read: intent({
      description: 'Reads',
      input: z.strictObject({ text: z.string(), order: z.object({ total: z.number() }).optional() }),
      output: z.looseObject({}),
      run: async ({ input }) => ({ text: input.text }),
    }),
  },
})

for (const kind of databaseKinds) {
  describe.skipIf(isMissing(kind))(`inbound webhooks on the ${kind} database`, () => {
    let database: Database
    let testing: TestRuntime
    let connectionId: ConnectionId
    let parts: Parameters<typeof receive>[0]
    const agents = new Map([[reader.name, reader]])
    const metrics = createMetrics()
    beforeAll(async () => {
      database = await openTestDatabase(kind)
      testing = await startTestRuntime(database, [reader])
      const { masterKey, queue } = testing
      parts = { database, queue, clock: systemClock, metrics, masterKey, mockConnectors: undefined }
      const found = (await inTenant(listConnections)).find(({ connector }) => connector === 'webhook')
      connectionId = found?.id ?? expect.fail('there is no connection')
      await inTenant((tx) =>
        setTrigger(tx, agents, {
          name: 'Orders',
          connectionId,
          eventTypes: ['order.*'],
          agent: 'Reader',
          intent: 'read',
          brand: undefined,
          input: { text: '{{type}} of {{data.customer}}', order: '{{data.order}}' },
          isEnabled: true,
          createdBy: 'cli',
        }),
      )
    })
    afterAll(async () => {
      await testing.stop()
      await database.close()
    })
    const inTenant = <Result>(work: Parameters<typeof withTenant<Result>>[2]) =>
      withTenant(database, testing.organizationId, work)
    const tokenOf = (id = connectionId) =>
      signInboundToken(testing.masterKey, { organizationId: testing.organizationId, connectionId: id })

    /** Sends an event as a provider would. */
    const send = (
      event: { type: string; data: object; timestamp?: string },
      options: { id?: string; secret?: string; at?: Date; token?: string } = {},
    ) => {
      const { id = `msg_${newId()}`, at = new Date(), token = tokenOf() } = options
      const place = { organizationId: testing.organizationId, connectionId }
      const secret = options.secret ?? sandboxSecret(testing.masterKey, place)
      const body = JSON.stringify(event)
      const headers = {
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
        'webhook-signature': new Webhook(secret).sign(id, at, body),
      }
      return receive(parts, { token, request: { headers, body: new TextEncoder().encode(body) } })
    }
    const order = (customer = 'Ada') => ({ type: 'order.paid', data: { customer, order: { total: 5 } } })
    const deliveryOf = async (eventId: string) =>
      (await inTenant((tx) => listDeliveries(tx, { limit: 100 }))).find((delivery) => delivery.eventId === eventId)
    /** Works one delivery here, as the queue would. */
    const work = (deliveryId: DeliveryId, changes: Partial<Parameters<typeof createIntake>[0]> = {}) =>
      createIntake({ database, queue: testing.queue, runtime: testing.runtime, ...changes })(
        {
          organizationId: testing.organizationId,
          id: newId(),
          queue: 'webhook.in',
          runId: undefined,
          payload: { deliveryId },
          attempts: 1,
        },
        new AbortController().signal,
      )
    const runsOf = (deliveryId: DeliveryId) =>
      inTenant((tx) =>
        sql<{ id: string; tainted: boolean; input: unknown; requested_by: string }>`
          select r.id, r.tainted, r.input, r.requested_by from run_idempotency_keys k
          join agent_runs r on r.organization_id = k.organization_id and r.id = k.run_id
          where k.key like ${`trigger:%:${deliveryId}`}
        `.execute(tx),
      )

    test('an event that comes five times at once is kept once and starts one tainted run with what it says', async () => {
      const id = 'five'
      const outcomes = await Promise.all(Array.from({ length: 5 }, () => send(order(), { id })))
      expect(outcomes.map((outcome) => outcome.kind).toSorted()).toEqual([
        ...Array.from({ length: 4 }, () => 'repeated'),
        'stored',
      ])
      const delivery = (await deliveryOf(id)) ?? expect.fail('it was not kept')
      await Promise.all([work(delivery.id), work(delivery.id)])
      await work(delivery.id)
      const { rows } = await runsOf(delivery.id)
      expect(rows).toMatchObject([
        {
          tainted: true,
          input: { text: 'order.paid of Ada', order: { total: 5 } },
          requested_by: expect.stringMatching(/^trigger:/),
        },
      ])
      expect(await inTenant((tx) => findDelivery(tx, delivery.id))).toMatchObject({ status: 'processed' })
      const firings = await inTenant((tx) => listFirings(tx, delivery.id))
      expect(firings).toMatchObject([{ status: 'started', runId: rows[0]?.id }])
    })

    test('nothing of a forged, stale or misdirected request is kept', async () => {
      const count = async () => (await inTenant((tx) => listDeliveries(tx, { limit: 100 }))).length
      const before = await count()
      const invalid = { code: 'triggers.signature_invalid', kind: 'unauthenticated' }
      const secret = `whsec_${randomBytes(32).toString('base64')}`
      await expect(send(order(), { secret })).rejects.toMatchObject(invalid)
      await expect(send(order(), { at: new Date(Date.now() - 3 * 86_400_000) })).rejects.toMatchObject(invalid)
      const unknown = { code: 'triggers.address_unknown', kind: 'not_found' }
      const foreign = signInboundToken(testing.masterKey, {
        organizationId: await addOrganization(database, 'Foreign'),
        connectionId,
      })
      const email = (await inTenant(listConnections)).find(({ connector }) => connector === 'email')
      for (const token of [
        foreign,
        tokenOf(asId(newId())),
        tokenOf(email?.id),
        `${tokenOf().slice(0, -4)}AAAA`,
        `${tokenOf()}=`,
        'x',
      ])
        await expect(send(order(), { token })).rejects.toMatchObject(unknown)
      expect(await count()).toBe(before)
    })

    test('a real connection takes what its old and its new secret sign, and no longer what a sandbox would', async () => {
      const secrets = [randomBytes(32), randomBytes(32)].map((key) => `whsec_${key.toString('base64')}`)
      const [old = '', fresh = ''] = secrets
      const id = await inTenant((tx) =>
        addConnection(tx, testing.masterKey, {
          connector: 'webhook',
          name: 'shop',
          mode: 'real',
          settings: {},
          credentials: { signingSecrets: [old] },
        }),
      )
      const token = tokenOf(id)
      expect(await send(order(), { token, secret: old, id: 'r1' })).toEqual({ kind: 'stored' })
      await expect(send(order(), { token })).rejects.toMatchObject({ code: 'triggers.signature_invalid' })
      const replace = (signingSecrets: string[]) =>
        inTenant((tx) =>
          replaceConnection(tx, testing.masterKey, { id, mode: 'real', settings: {}, credentials: { signingSecrets } }),
        )
      await replace([fresh, old])
      expect(await send(order(), { token, secret: old, id: 'r1' })).toEqual({ kind: 'repeated' })
      expect(await send(order(), { token, secret: fresh, id: 'r2' })).toEqual({ kind: 'stored' })
      await replace([fresh])
      await expect(send(order(), { token, secret: old })).rejects.toMatchObject({ code: 'triggers.signature_invalid' })
    })

    test('what no trigger takes is ignored; what lacks a place fails with the reason, and both can be retried', async () => {
      await send({ type: 'refund.made', data: { customer: 'Bo' } }, { id: 'ignored' })
      await send({ type: 'order.paid', data: { customer: 'Bo' } }, { id: 'hole' })
      const ignored = (await deliveryOf('ignored')) ?? expect.fail('it was not kept')
      const hole = (await deliveryOf('hole')) ?? expect.fail('it was not kept')
      await work(ignored.id)
      await work(hole.id)
      expect(await deliveryOf('ignored')).toMatchObject({ status: 'ignored' })
      expect(await deliveryOf('hole')).toMatchObject({ status: 'failed' })
      expect(await inTenant((tx) => listFirings(tx, hole.id))).toMatchObject([
        { status: 'failed', error: { code: 'triggers.place_missing' } },
      ])
      await inTenant((tx) =>
        setTrigger(tx, agents, {
          name: 'Refunds',
          connectionId,
          eventTypes: ['refund.made'],
          agent: 'Reader',
          intent: 'read',
          brand: undefined,
          input: { text: '{{data.customer}}' },
          isEnabled: true,
          createdBy: 'cli',
        }),
      )
      await inTenant((tx) => retryDelivery(tx, ignored.id))
      await work(ignored.id)
      expect(await deliveryOf('ignored')).toMatchObject({ status: 'processed' })
      expect((await runsOf(ignored.id)).rows).toMatchObject([{ input: { text: 'Bo' } }])
      const again = inTenant((tx) => retryDelivery(tx, ignored.id))
      await expect(again).rejects.toMatchObject({ code: 'triggers.delivery_settled' })
    })

    test('a worker that dies between the run and its record starts no second one, whatever the trigger says by then', async () => {
      await send(order('Cy'), { id: 'killed' })
      const delivery = (await deliveryOf('killed')) ?? expect.fail('it was not kept')
      const dying: Parameters<typeof createIntake>[0]['runtime'] = {
        startRun: async (organizationId, request) => {
          await testing.runtime.startRun(organizationId, request)
          throw new Error('killed')
        },
      }
      await expect(work(delivery.id, { runtime: dying })).rejects.toThrow('killed')
      expect(await deliveryOf('killed')).toMatchObject({ status: 'pending', error: { message: 'killed' } })
      await inTenant((tx) =>
        sql`update trigger_configs set input = '{"text": "changed"}' where name = 'Orders'`.execute(tx),
      )
      await inTenant((tx) =>
        sql`update webhook_deliveries set check_at = clock_timestamp() where id = ${delivery.id}`.execute(tx),
      )
      const woken: string[] = []
      const dispatch = async (_organizationId: string, jobId: string) => void woken.push(jobId)
      const due = [dueDeliveries(wakeDelivery.bind(undefined, { database, queue: { dispatch } }))]
      const logger = createLogger({ level: 'error' })
      await takeUpDue(database, { due, logger })
      await takeUpDue(database, { due, logger })
      expect(woken).toHaveLength(1)
      await work(delivery.id)
      expect(await deliveryOf('killed')).toMatchObject({ status: 'processed' })
      expect((await runsOf(delivery.id)).rows).toMatchObject([{ input: { text: 'order.paid of Cy' } }])
    })

    test('texts that no database takes are mended, and a place that only looks like one is not found', async () => {
      await send({ type: 'order.paid', data: { customer: 'Zo\0e', order: { total: 1 } } }, { id: 'nul' })
      const nul = (await deliveryOf('nul')) ?? expect.fail('it was not kept')
      expect(await inTenant((tx) => findDelivery(tx, nul.id))).toMatchObject({ data: { customer: 'Zo\uFFFDe' } })
      await inTenant((tx) =>
        sql`update trigger_configs set input = '{"text": "{{data.constructor.name}}"}' where name = 'Orders'`.execute(
          tx,
        ),
      )
      await work(nul.id)
      expect(await inTenant((tx) => listFirings(tx, nul.id))).toMatchObject([
        { error: { code: 'triggers.place_missing' } },
      ])
    })
  })
}
