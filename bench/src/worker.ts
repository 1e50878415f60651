import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import pg from 'pg'
import { z } from 'zod'
import { systemClock } from '../../packages/server/src/base/clock.ts'
import { newId, type OrganizationId } from '../../packages/server/src/base/ids.ts'
import { createLogger, type Logger } from '../../packages/server/src/base/log.ts'
import { createMetrics } from '../../packages/server/src/base/metrics.ts'
import { callAction } from '../../packages/server/src/connectors/index.ts'
import { type Database, migrate, openDatabase, sql, withTenant } from '../../packages/server/src/db/index.ts'
import { ensureFirstOrganization } from '../../packages/server/src/identity/index.ts'
import {
  dueBudgets,
  dueDeliveries,
  dueEndpoints,
  dueEvals,
  dueOAuthStates,
  dueReembeddings,
  dueRuns,
  dueSchedules,
  type DueWork,
  takeUpDue,
} from '../../packages/server/src/ops/index.ts'
import { createQueue } from '../../packages/server/src/queue/index.ts'
import { addSandboxConnections, defineAgent, intent, type Runtime } from '../../packages/server/src/runtime/index.ts'
import { createSandboxStore } from '../../packages/server/src/runtime/sandbox-store.ts'
import { withScratchDatabase } from '../../packages/server/test/scratch-database.ts'
import { benchNetwork, createBenchRuntime } from './bench-runtime.ts'
import { printTable } from './print-table.ts'

const poolSize = 20
const activeRuns = 100

/** What a worker with its queue in PostgreSQL, API and worker in one process, is measured to do. */
export interface WorkerFigures {
  /** From the request for a run to the first line of its first step, on a worker that has nothing to do; milliseconds. */
  readonly pickupP50Ms: number
  readonly pickupP95Ms: number
  /** Statements that the idle worker sends a second. */
  readonly idleQueriesPerSecond: number
  /** One call to a sandbox through ledger and guards, the same call without them; medians in milliseconds. */
  readonly toolMs: number
  readonly bareToolMs: number
  /** Transactions that write, a call, beyond the sandbox's own. */
  readonly writesPerTool: number
  /** Growth of the heap for each run that waits for an approval; bytes, after a collection. */
  readonly waitingRuns: number
  readonly bytesPerWaitingRun: number
  /** Resident memory of the whole process with 100 runs in the middle of a step; the largest seen, MB. */
  readonly activeRunsMb: number
}

/** When the first step of a run began, by its mark. */
const begun = new Map<string, number>()
const callTimes: number[] = []

const delivery = (mark: string) => ({ type: 'bench.made', data: { mark } })

const busy = defineAgent({
  name: 'Busy',
  description: 'Does what is measured',
  kind: 'workflow',
  policy: { tools: ['slack.postMessage', 'webhook.deliver'], maxCostMicros: 0, withoutApproval: ['webhook.deliver'] },
  intents: {
    begin: intent({
      description: 'Takes a step and tells when',
      input: z.strictObject({ mark: z.string() }),
      output: z.strictObject({}),
      async run({ input, step }) {
        await step('first', async () => begun.set(input.mark, performance.now()).size)
        return {}
      },
    }),
    call: intent({
      description: 'Calls a tool some times',
      input: z.strictObject({ calls: z.number().int() }),
      output: z.strictObject({}),
      async run({ input, tools }) {
        for (let made = 0; made < input.calls; made += 1) {
          const startedAt = performance.now()
          await tools.call(`call ${made}`, { tool: 'webhook.deliver', input: delivery(`${made}`) })
          callTimes.push(performance.now() - startedAt)
        }
        return {}
      },
    }),
    wait: intent({
      description: 'Waits for an approval',
      input: z.strictObject({}),
      output: z.strictObject({}),
      async run({ tools }) {
        await tools.call('held', { tool: 'slack.postMessage', input: { channel: '#general', text: 'Held' } })
        return {}
      },
    }),
    stay: intent({
      description: 'Takes short steps for some seconds',
      input: z.strictObject({ seconds: z.number() }),
      output: z.strictObject({}),
      async run({ input, step }) {
        const until = performance.now() + input.seconds * 1_000
        for (let taken = 0; performance.now() < until; taken += 1) await step(`step ${taken}`, () => sleep(100, taken))
        return {}
      },
    }),
  },
})

/** Measures what a worker costs and how soon it answers, on a scratch database of the server. */
export async function benchWorker({
  databaseUrl,
  isShort,
}: {
  readonly databaseUrl: string
  readonly isShort: boolean
}): Promise<WorkerFigures> {
  return withScratchDatabase(databaseUrl, async (url) => {
    const logger = createLogger({ level: 'error' })
    const database = await openDatabase({ databaseUrl: url, dataDir: undefined, logger, poolSize })
    await migrate(database)
    const { organizationId } = await ensureFirstOrganization(database)
    await withTenant(database, organizationId, (tx) => addSandboxConnections(tx, new Uint8Array(32)))
    const parts = { database, redisUrl: undefined, logger, metrics: createMetrics(), clock: systemClock }
    const queue = await createQueue(parts)
    const runtime = createBenchRuntime(database, logger, { agents: [busy], queue })
    await queue.start(
      {
        'agent.run': async (job, signal) => {
          if (job.runId) await runtime.runJob(job.organizationId, job.runId, signal)
        },
      },
      { concurrency: activeRuns, upkeep: () => takeUpDue(database, { due: everyKind(logger, database), logger }) },
    )
    const bench = { database, runtime, organizationId }
    // Connections and plans are made before the clock starts.
    for (let warm = 0; warm < 20; warm += 1) await pickUp(bench)
    const pickups: number[] = []
    for (let asked = 0; asked < (isShort ? 40 : 200); asked += 1) {
      await sleep(20 + Math.random() * 80)
      pickups.push(await pickUp(bench))
    }
    const idleQueriesPerSecond = await countIdleQueries(isShort ? 10 : 60)
    const tool = await measureTool(bench, isShort ? 200 : 1_000)
    const activeRunsMb = await measureActive(bench, isShort ? 3 : 20)
    const waiting = await measureWaiting(bench, isShort ? 500 : 10_000)
    await queue.stop()
    await database.close()
    const figures = {
      pickupP50Ms: round(at(pickups, 0.5)),
      pickupP95Ms: round(at(pickups, 0.95)),
      idleQueriesPerSecond,
      ...tool,
      ...waiting,
      activeRunsMb,
    }
    print(figures)
    return figures
  })
}

/** What every worker asks after, of which nothing is due here. */
function everyKind(logger: Logger, database: Database): readonly DueWork[] {
  const none = async () => {}
  const ids = [dueSchedules, dueRuns, dueEvals, dueReembeddings, dueEndpoints, dueDeliveries]
  return [...ids.map((due) => due(none)), dueBudgets(async () => 0, logger), dueOAuthStates(database, logger)]
}

interface Bench {
  readonly database: Database
  readonly runtime: Runtime
  readonly organizationId: OrganizationId
}

async function start({ runtime, organizationId }: Bench, name: string, input: unknown) {
  const { runId } = await runtime.startRun(organizationId, {
    agent: busy.name,
    intent: name,
    input,
    requestedBy: 'cli',
  })
  return runId
}

async function finish(bench: Bench, name: string, input: unknown): Promise<void> {
  const runId = await start(bench, name, input)
  const status = await bench.runtime.waitForRun(bench.organizationId, runId, { timeoutMs: 120_000 })
  if (status !== 'succeeded') throw new Error(`run ${runId} is ${status}`)
}

async function pickUp(bench: Bench): Promise<number> {
  const mark = newId()
  const askedAt = performance.now()
  await finish(bench, 'begin', { mark })
  return (begun.get(mark) ?? Number.NaN) - askedAt
}

/** Every statement of this process goes through this one method of the driver. */
async function countIdleQueries(seconds: number): Promise<number> {
  await sleep(3_000)
  const { prototype } = pg.Client
  const { query } = prototype
  let queries = 0
  prototype.query = function count(this: pg.Client, ...parameters: unknown[]) {
    queries += 1
    return Reflect.apply(query, this, parameters)
  }
  await sleep(seconds * 1_000)
  prototype.query = query
  return round(queries / seconds)
}

async function measureTool(bench: Bench, calls: number) {
  const { database, organizationId } = bench
  const store = createSandboxStore(database, { organizationId, connector: 'webhook' })
  const bare: number[] = []
  const bareWrites = await countWrites(database, async () => {
    for (let made = 0; made < calls; made += 1) {
      const startedAt = performance.now()
      await callAction({
        tool: 'webhook.deliver',
        mode: 'sandbox',
        settings: {},
        credentials: undefined,
        input: delivery(`bare ${made}`),
        idempotencyKey: newId(),
        signal: new AbortController().signal,
        ...benchNetwork,
        clock: systemClock,
        store,
      })
      bare.push(performance.now() - startedAt)
    }
  })
  callTimes.length = 0
  const writes = await countWrites(database, () => finish(bench, 'call', { calls }))
  return {
    toolMs: round(at(callTimes, 0.5)),
    bareToolMs: round(at(bare, 0.5)),
    writesPerTool: round((writes - bareWrites) / calls),
  }
}

/** A transaction is given a number once it writes, and never before. */
async function countWrites(database: Database, work: () => Promise<void>): Promise<number> {
  const read = async () => {
    const { rows } = await sql<{ next: number }>`
      select pg_snapshot_xmax(pg_current_snapshot())::text::bigint as next
    `.execute(database.kysely)
    return rows[0]?.next ?? Number.NaN
  }
  const before = await read()
  await work()
  return (await read()) - before
}

async function measureActive(bench: Bench, seconds: number): Promise<number> {
  let largest = 0
  const watch = setInterval(() => (largest = Math.max(largest, process.memoryUsage.rss())), 100)
  await Promise.all(Array.from({ length: activeRuns }, () => finish(bench, 'stay', { seconds })))
  clearInterval(watch)
  return Math.round(largest / 1e6)
}

async function measureWaiting(bench: Bench, waitingRuns: number) {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  const heap = async () => {
    await sleep(1_000)
    if (typeof collect === 'function') collect()
    return process.memoryUsage().heapUsed
  }
  await holdRuns(bench, 100)
  const before = await heap()
  await holdRuns(bench, waitingRuns)
  return { waitingRuns, bytesPerWaitingRun: Math.round(((await heap()) - before) / waitingRuns) }
}

/** Starts runs, and waits until each of them waits. */
async function holdRuns(bench: Bench, count: number): Promise<void> {
  let next = 0
  const lane = async () => {
    while (next < count) {
      next += 1
      const runId = await start(bench, 'wait', {})
      const status = await bench.runtime.waitForRun(bench.organizationId, runId, { timeoutMs: 120_000 })
      if (status !== 'waiting') throw new Error(`run ${runId} is ${status}`)
    }
  }
  await Promise.all(Array.from({ length: 20 }, lane))
}

const at = (numbers: readonly number[], share: number) =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length * share)] ?? Number.NaN
const round = (value: number) => Math.round(value * 1_000) / 1_000

function print(figures: WorkerFigures): void {
  printTable([
    ['', 'measured', 'at most'],
    ['pickup when idle, p50', `${figures.pickupP50Ms} ms`, '20 ms'],
    ['pickup when idle, p95', `${figures.pickupP95Ms} ms`, ''],
    ['statements a second when idle', `${figures.idleQueriesPerSecond}`, '1'],
    ['a tool call beyond the bare call', `${round(figures.toolMs - figures.bareToolMs)} ms`, '2 ms'],
    ['writes a tool call', `${figures.writesPerTool}`, '3'],
    [`heap for each of ${figures.waitingRuns} waiting runs`, `${figures.bytesPerWaitingRun} bytes`, '0'],
    [`memory with ${activeRuns} runs in hand`, `${figures.activeRunsMb} MB`, '400 MB'],
  ])
}
