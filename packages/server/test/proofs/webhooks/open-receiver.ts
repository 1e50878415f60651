import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { systemClock } from '../../../src/base/clock.ts'
import { parseConfig } from '../../../src/base/config.ts'
import type { ConnectionId, OrganizationId } from '../../../src/base/ids.ts'
import { createLogger } from '../../../src/base/log.ts'
import { createMetrics } from '../../../src/base/metrics.ts'
import { type Database, sql, withTenant } from '../../../src/db/index.ts'
import { createLlm } from '../../../src/llm/index.ts'
import { dueDeliveries, dueRuns, takeUpDue } from '../../../src/ops/index.ts'
import { createQueue } from '../../../src/queue/index.ts'
import { addConnection, createRuntime, defineAgent, intent } from '../../../src/runtime/index.ts'
import { createIntake, receive, setTrigger, signInboundToken, wakeDelivery } from '../../../src/triggers/index.ts'
import { addOrganization } from '../../database.ts'
import { openNetwork } from '../../open-network.ts'
import type { Sender } from './make-events.ts'

/** The secrets that count: the newest, and the one that it has replaced. */
export interface Secrets {
  readonly fresh: string
  readonly old: string
}

/** An installation with two workers that takes events and starts a run of each, which tells the recorder. */
export async function openReceiver(database: Database, recorderUrl: string) {
  const logger = createLogger({ level: 'error' })
  const metrics = createMetrics()
  const masterKey = randomBytes(32)
  const parts = { database, logger, metrics, clock: systemClock, masterKey, mockConnectors: undefined, ...openNetwork }
  const witness = defineAgent({
    name: 'Witness',
    description: 'Tells the recorder what it was asked',
    kind: 'workflow',
    policy: { tools: [], maxCostMicros: 1 },
    intents: {
      note: intent({
        description: 'Tells it once',
        input: z.object({ event: z.string(), subject: z.string(), version: z.number() }),
        output: z.looseObject({}),
        run: async ({ step, input, organizationId }) => {
          await step('tell the recorder', async () => {
            await fetch(recorderUrl, { method: 'POST', body: JSON.stringify({ organizationId, ...input }) })
            return 1
          })
          return input
        },
      }),
    },
  })
  const agents = new Map([[witness.name, witness]])
  const workers = await Promise.all(
    [1, 2].map(async () => {
      const queue = await createQueue({ database, redisUrl: undefined, logger, metrics, clock: systemClock })
      const llm = createLlm({ config: parseConfig({}).llm, clock: systemClock })
      const runtime = createRuntime({ ...parts, queue, llm, agents, publicUrl: 'http://localhost:3000' })
      await queue.start(
        {
          'agent.run': async ({ organizationId, runId }, signal) => {
            if (runId) await runtime.runJob(organizationId, runId, signal)
          },
          'webhook.in': createIntake({ database, queue, runtime }),
        },
        {
          upkeep: () =>
            takeUpDue(database, {
              due: [dueRuns(runtime.wakeRun), dueDeliveries(wakeDelivery.bind(undefined, { database, queue }))],
              logger,
            }),
        },
      )
      return queue
    }),
  )
  const [first] = workers
  if (!first) throw new Error('there is no worker')

  return {
    /** An organization with a connection of each sender and a trigger of each. */
    addOrganization: async (name: string, secrets: Readonly<Record<Sender, readonly string[]>>) => {
      const organizationId = await addOrganization(database, name)
      const connect = (connector: Sender): Promise<ConnectionId> =>
        withTenant(database, organizationId, async (tx) => {
          const token = connector === 'slack' ? { botToken: 'xoxb-1-2-abc' } : {}
          const connectionId = await addConnection(tx, masterKey, {
            connector,
            name: connector,
            mode: 'real',
            settings: {},
            credentials: { ...token, signingSecrets: secrets[connector] },
          })
          await setTrigger(tx, agents, {
            name: connector,
            connectionId,
            eventTypes: ['*'],
            agent: 'Witness',
            intent: 'note',
            brand: undefined,
            input: { event: '{{data.event}}', subject: '{{data.subject}}', version: '{{data.version}}' },
            isEnabled: true,
            createdBy: 'cli',
          })
          return connectionId
        })
      const connections = { webhook: await connect('webhook'), slack: await connect('slack') }
      return {
        organizationId,
        send: (sender: Sender, request: Parameters<typeof receive>[1]['request']) =>
          receive(
            { ...parts, queue: first },
            {
              token: signInboundToken(masterKey, { organizationId, connectionId: connections[sender] }),
              request,
            },
          ),
      }
    },
    /** Waits until nothing is under way. */
    settle: async (organizationId: OrganizationId, patienceMs: number) => {
      const until = performance.now() + patienceMs
      for (;;) {
        const { rows } = await withTenant(database, organizationId, (tx) =>
          sql<{ open: number }>`
            select (select count(*) from webhook_deliveries where status = 'pending')::int
              + (select count(*) from agent_runs where status in ('queued', 'running', 'waiting'))::int as open
          `.execute(tx),
        )
        if (rows[0]?.open === 0) return
        if (performance.now() > until) throw new Error(`${rows[0]?.open} deliveries and runs came to no end`)
        await sleep(25)
      }
    },
    /** What an organization knows in the end: of each event, what it says and what came of it; and how subjects stand. */
    readState: async (organizationId: OrganizationId) => {
      const { rows } = await withTenant(database, organizationId, (tx) =>
        sql<{ state: string }>`
          select concat_ws(' ', 'event', d.event_id, d.event_type, d.occurred_at, d.data, d.status, f.status, r.status,
            r.tainted, r.input) as state
          from webhook_deliveries d
          left join trigger_firings f on f.organization_id = d.organization_id and f.delivery_id = d.id
          left join agent_runs r on r.organization_id = f.organization_id and r.id = f.run_id
          union all
          select concat_ws(' ', 'subject', newest.subject, newest.version) from (
            select distinct on (data->>'subject') data->>'subject' as subject, data->>'version' as version
            from webhook_deliveries order by data->>'subject', occurred_at desc, event_id desc
          ) newest
          order by 1
        `.execute(tx),
      )
      return rows.map(({ state }) => state)
    },
    stop: async () => {
      await Promise.all(workers.map((worker) => worker.stop()))
    },
  }
}
