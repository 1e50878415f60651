import { randomBytes } from 'node:crypto'
import { systemClock } from '../src/base/clock.ts'
import { parseConfig } from '../src/base/config.ts'
import type { OrganizationId, RunId, WebhookEndpointId } from '../src/base/ids.ts'
import { createLogger } from '../src/base/log.ts'
import { createMetrics } from '../src/base/metrics.ts'
import { type Database, withTenant } from '../src/db/index.ts'
import { createLlm } from '../src/llm/index.ts'
import { dueEndpoints, dueRuns, takeUpDue } from '../src/ops/index.ts'
import { createQueue, type Queue, type QueueTiming } from '../src/queue/index.ts'
import { addConnection, type Agent, createRuntime, type Runtime, type RuntimeParts } from '../src/runtime/index.ts'
import { createDelivery, sendEndpoint } from '../src/webhooks/index.ts'
import { addOrganization } from './database.ts'
import { openNetwork } from './open-network.ts'

/** A runtime with its queue worked in this process, and one organization that has a sandbox connection of each kind. */
export interface TestRuntime {
  readonly runtime: Runtime
  readonly queue: Queue
  readonly database: Database
  readonly organizationId: OrganizationId
  readonly masterKey: Uint8Array
  readonly stop: () => Promise<void>
}

export async function startTestRuntime(
  database: Database,
  agents: readonly Agent[],
  {
    timing = {},
    ...options
  }: Partial<Pick<RuntimeParts, 'leaseMs' | 'approvalTtlMs' | 'mockConnectors' | 'llm'>> & {
    readonly timing?: Partial<QueueTiming>
  } = {},
): Promise<TestRuntime> {
  const logger = createLogger({ level: 'error' })
  const metrics = createMetrics()
  const masterKey = randomBytes(32)
  const queue = await createQueue({ database, redisUrl: undefined, logger, metrics, clock: systemClock, timing })
  const runtime = createRuntime({
    database,
    queue,
    llm: createLlm({ config: parseConfig({}).llm, clock: systemClock }),
    agents: new Map(agents.map((agent) => [agent.name, agent])),
    clock: systemClock,
    logger,
    metrics,
    ...openNetwork,
    publicUrl: 'http://localhost:3000',
    masterKey,
    mockConnectors: undefined,
    ...options,
  })
  const organizationId = await addOrganization(database)
  for (const connector of ['email', 'slack', 'webhook']) {
    await withTenant(database, organizationId, (tx) =>
      addConnection(tx, masterKey, {
        connector,
        name: connector,
        mode: 'sandbox',
        settings: {},
        credentials: undefined,
      }),
    )
  }
  await queue.start(
    {
      'agent.run': async (job, signal) => {
        if (job.runId) await runtime.runJob(job.organizationId, job.runId, signal)
      },
      'webhook.out': createDelivery({ database, queue, clock: systemClock, metrics, masterKey, ...openNetwork }),
    },
    {
      concurrencyOf: { 'webhook.out': 50 },
      upkeep: () => {
        const wake = (id: OrganizationId, endpointId: WebhookEndpointId) =>
          sendEndpoint({ database, queue }, id, endpointId)
        return takeUpDue(database, { due: [dueRuns(runtime.wakeRun), dueEndpoints(wake)], logger })
      },
    },
  )
  return {
    runtime,
    queue,
    database,
    organizationId,
    masterKey,
    stop: () => queue.stop(),
  }
}

/** Starts a run and waits until it rests; returns its row. */
export async function runToRest(
  { runtime, organizationId, database }: TestRuntime,
  request: { agent: string; intent: string; input?: unknown; approveAll?: boolean },
) {
  const { runId } = await runtime.startRun(organizationId, { input: {}, requestedBy: 'cli', ...request })
  return restOf({ runtime, organizationId, database }, runId)
}

/** Waits until a run rests; returns its row. */
export async function restOf(
  { runtime, organizationId, database }: Pick<TestRuntime, 'runtime' | 'organizationId' | 'database'>,
  runId: RunId,
) {
  await runtime.waitForRun(organizationId, runId, { timeoutMs: 120_000 })
  return withTenant(database, organizationId, (tx) =>
    tx.selectFrom('agent_runs').selectAll().where('id', '=', runId).executeTakeFirstOrThrow(),
  )
}
