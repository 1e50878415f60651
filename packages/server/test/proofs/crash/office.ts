import { randomBytes } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { systemClock } from '../../../src/base/clock.ts'
import { parseConfig } from '../../../src/base/config.ts'
import { asId, type OrganizationId, type RunId, type ToolExecutionId } from '../../../src/base/ids.ts'
import { createLogger } from '../../../src/base/log.ts'
import { createMetrics } from '../../../src/base/metrics.ts'
import { type Database, sql, withTenant } from '../../../src/db/index.ts'
import { createLlm } from '../../../src/llm/index.ts'
import { createQueue } from '../../../src/queue/index.ts'
import { addConnection, createRuntime, findRunTrace, writeRun } from '../../../src/runtime/index.ts'
import { addOrganization } from '../../database.ts'
import { openNetwork } from '../../open-network.ts'
import type { Random } from '../random.ts'
import { createMaker, effectKinds } from './maker.ts'
import type { Recorder } from './start-recorder.ts'

/** A call that nobody can vouch for, as a run's trace lists it. */
export interface UnknownCall {
  readonly runId: RunId
  readonly id: ToolExecutionId
  readonly kind: string
}

/** The people's side: starts runs, works none, looks after those that need a person. */
export async function openOffice(database: Database, recorder: Pick<Recorder, 'url' | 'smtpPort'>) {
  const logger = createLogger({ level: 'fatal' })
  const metrics = createMetrics()
  const masterKey = randomBytes(32)
  const agent = createMaker({ recorderUrl: recorder.url, fenceOf: () => 0 })
  const queue = await createQueue({ database, redisUrl: undefined, logger, metrics, clock: systemClock })
  const runtime = createRuntime({
    database,
    queue,
    llm: createLlm({ config: parseConfig({}).llm, clock: systemClock }),
    agents: new Map([[agent.name, agent]]),
    clock: systemClock,
    logger,
    metrics,
    ...openNetwork,
    publicUrl: 'http://localhost:3000',
    masterKey,
    mockConnectors: false,
  })
  const organizationId = await addOrganization(database)
  await connectAll(database, organizationId, { masterKey, recorder })
  const runIds: RunId[] = []
  const requestOf = (random: Random) => {
    const order = effectKinds.map((kind) => ({ kind, at: random.next() })).toSorted((a, b) => a.at - b.at)
    const input = { order: order.map(({ kind }) => kind) }
    return { agent: agent.name, intent: 'make', input, requestedBy: 'cli', approveAll: true }
  }
  const count = (statuses: readonly ('queued' | 'running' | 'waiting' | 'failed' | 'needs_attention')[]) =>
    withTenant(database, organizationId, (tx) =>
      tx.selectFrom('agent_runs').select(['id', 'status', 'error']).where('status', 'in', statuses).execute(),
    )

  return {
    organizationId,
    masterKey: masterKey.toString('hex'),
    runIds,
    /** Runs that are not over. */
    findOpen: () => count(['queued', 'running', 'waiting', 'failed', 'needs_attention']),
    isRunning: async (runId: string, fence: number) => {
      const row = await withTenant(database, organizationId, (tx) =>
        tx
          .selectFrom('agent_runs')
          .select('id')
          .where('id', '=', runId)
          .where('fence', '=', fence)
          .where('status', '=', 'running')
          .executeTakeFirst(),
      )
      return row !== undefined
    },
    startRun: async (random: Random) => {
      const { runId } = await runtime.startRun(organizationId, requestOf(random))
      runIds.push(runId)
    },
    /** Writes a run whose job is due only after `delayMs`, by the database's clock. */
    startLater: async (random: Random, delayMs: number) => {
      const runAt = new Date(Date.now() + delayMs)
      const { runId, jobId } = await withTenant(database, organizationId, async (tx) => {
        const written = await writeRun(tx, new Map([[agent.name, agent]]), requestOf(random))
        const dueAt = sql<Date>`clock_timestamp() + make_interval(secs => ${delayMs / 1_000})`
        await tx
          .updateTable('agent_jobs')
          .set({ run_at: dueAt, check_at: dueAt })
          .where('organization_id', '=', organizationId)
          .where('id', '=', written.jobId)
          .execute()
        return written
      })
      await queue.dispatch(organizationId, jobId, 'agent.run', { runAt })
      return runId
    },
    /** Until nothing is queued or running; false where that takes too long. */
    waitForRest: async (patienceMs: number) => {
      const until = performance.now() + patienceMs
      while ((await count(['queued', 'running'])).length > 0) {
        if (performance.now() > until) return false
        await wait(200)
      }
      return true
    },
    listUnknown: async (): Promise<readonly UnknownCall[]> => {
      const calls: UnknownCall[] = []
      for (const { id } of await count(['waiting'])) {
        const runId: RunId = asId(id)
        const trace = await withTenant(database, organizationId, (tx) =>
          findRunTrace(tx, runId, async () => new Map<RunId, readonly never[]>()),
        )
        for (const call of trace?.toolExecutions ?? []) {
          if (call.status === 'unknown') calls.push({ runId, id: asId(call.id), kind: call.stepKey })
        }
      }
      return calls
    },
    settle: (id: ToolExecutionId, outcome: 'succeeded' | 'failed') =>
      runtime.settleToolExecution(organizationId, id, { outcome, by: 'cli', note: 'Looked at the recorder' }),
    resume: (runId: string) => runtime.resumeRun(organizationId, asId(runId)),
    close: () => queue.stop(),
  }
}

export type Office = Awaited<ReturnType<typeof openOffice>>

async function connectAll(
  database: Database,
  organizationId: OrganizationId,
  { masterKey, recorder }: { readonly masterKey: Uint8Array; readonly recorder: Pick<Recorder, 'url' | 'smtpPort'> },
): Promise<void> {
  const from = { name: 'Proof', address: 'proof@example.com' }
  const mail = { host: '127.0.0.1', port: recorder.smtpPort, security: 'none', from }
  const connections = [
    ['webhook', { url: recorder.url }, { secret: `whsec_${Buffer.alloc(32, 7).toString('base64')}` }],
    ['slack', { apiUrl: `${recorder.url}/api/` }, { botToken: 'xoxb-test' }],
    ['email', mail, undefined],
  ] as const
  for (const [connector, settings, credentials] of connections) {
    await withTenant(database, organizationId, (tx) =>
      addConnection(tx, masterKey, { connector, name: connector, mode: 'real', settings, credentials }),
    )
  }
}
