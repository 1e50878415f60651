import { stdout } from 'node:process'
import pg from 'pg'
import { newId, type OrganizationId } from '../../packages/server/src/base/ids.ts'
import { createLogger } from '../../packages/server/src/base/log.ts'
import { migrate, openDatabase } from '../../packages/server/src/db/index.ts'
import { ensureFirstOrganization } from '../../packages/server/src/identity/index.ts'
import type { Runtime } from '../../packages/server/src/runtime/index.ts'
import { withScratchDatabase } from '../../packages/server/test/scratch-database.ts'
import { createBenchRuntime, stepper, stepTimes } from './bench-runtime.ts'
import { printTable } from './print-table.ts'
import { measurePeers, type PeerFigures } from './steps/measure-peers.ts'

const poolSize = 20
const concurrency = 100
const stepsPerRun = 4
const longSteps = 1_000
/** Connections, plans and the tables' first statistics are made before a clock starts. */
const warmUpRuns = 1_000

/** What a run of the benchmark found. Every figure is measured on the same server in the same process. */
export interface StepFigures {
  /** Durable steps a second, 100 runs of 4 empty steps at once, from the request to the end of each run. */
  readonly stepsPerSecond: number
  /** One INSERT a step, as many at once over as many connections. */
  readonly floorStepsPerSecond: number
  /** Milliseconds a step in one run whose steps follow each other. */
  readonly msPerStep: number
  /** Milliseconds an INSERT, one after the other over one connection. */
  readonly floorMsPerStep: number
  /** One run of 1,000 steps, in milliseconds, and how its last 100 steps compare with its first 100. */
  readonly thousandStepsMs: number
  readonly lastToFirstRatio: number
  /** Other engines, each in a process and a scratch database of its own. None with `--own`, nor in the short form. */
  readonly peers: readonly PeerFigures[]
}

/**
 * Measures durable steps beside the raw floor and beside other engines, on scratch databases of the server. The engines'
 * packages are installed the first time that they are asked for.
 */
export async function benchSteps({
  databaseUrl,
  isShort,
  flags,
}: {
  readonly databaseUrl: string
  readonly isShort: boolean
  readonly flags: readonly string[]
}): Promise<StepFigures> {
  const runs = isShort ? 500 : 2_500
  const own = await measureOwn({ databaseUrl, runs })
  const isAlone = isShort || flags.includes('--own')
  const work = { runs, stepsPerRun, longSteps, warmUpRuns, concurrency, poolSize }
  const peers = isAlone ? [] : await measurePeers(databaseUrl, work)
  const figures = { ...own, peers }
  print(figures)
  return figures
}

function measureOwn({
  databaseUrl,
  runs,
}: {
  readonly databaseUrl: string
  readonly runs: number
}): Promise<Omit<StepFigures, 'peers'>> {
  return withScratchDatabase(databaseUrl, async (url) => {
    const logger = createLogger({ level: 'error' })
    const database = await openDatabase({ databaseUrl: url, dataDir: undefined, logger, poolSize })
    await migrate(database)
    const { organizationId } = await ensureFirstOrganization(database)
    const runtime = createBenchRuntime(database, logger)
    await takeSteps(runtime, organizationId, { runs: warmUpRuns, steps: stepsPerRun })
    const floor = await measureFloor(url, { inserts: runs * stepsPerRun })
    const many = await timed(() => takeSteps(runtime, organizationId, { runs, steps: stepsPerRun }))
    stepTimes.length = 0
    const long = await timed(() => takeSteps(runtime, organizationId, { runs: 1, steps: longSteps }))
    await database.close()
    return {
      stepsPerSecond: Math.round((runs * stepsPerRun * 1_000) / many),
      floorStepsPerSecond: Math.round((runs * stepsPerRun * 1_000) / floor.manyMs),
      msPerStep: round(long / longSteps),
      floorMsPerStep: round(floor.oneMs / floor.oneInserts),
      thousandStepsMs: Math.round(long),
      lastToFirstRatio: round(sum(stepTimes.slice(-100)) / sum(stepTimes.slice(0, 100))),
    }
  })
}

async function takeSteps(
  runtime: Runtime,
  organizationId: OrganizationId,
  { runs, steps }: { readonly runs: number; readonly steps: number },
): Promise<void> {
  const { signal } = new AbortController()
  let next = 0
  const lane = async () => {
    while (next < runs) {
      next += 1
      const request = { agent: stepper.name, intent: 'take', input: { steps }, requestedBy: 'cli' }
      const { runId } = await runtime.startRun(organizationId, request)
      await runtime.runJob(organizationId, runId, signal)
      const status = await runtime.waitForRun(organizationId, runId, { timeoutMs: 0 })
      if (status !== 'succeeded') throw new Error(`run ${runId} is ${status}`)
    }
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, runs) }, lane))
}

/** The least that a durable step can cost: one committed INSERT of a small row with a primary key. */
async function measureFloor(url: string, { inserts }: { readonly inserts: number }) {
  const pool = new pg.Pool({ connectionString: url, max: poolSize })
  await pool.query('create table floor (run_id uuid, key text, output jsonb, primary key (run_id, key))')
  const insert = (key: number) => ({
    name: 'floor',
    text: 'insert into floor values ($1, $2, $3)',
    values: [newId(), `step ${key}`, '1'],
  })
  await Promise.all(Array.from({ length: poolSize }, (_none, key) => pool.query(insert(key))))
  let next = 0
  const lane = async () => {
    while (next < inserts) {
      next += 1
      await pool.query(insert(next))
    }
  }
  const manyMs = await timed(() => Promise.all(Array.from({ length: concurrency }, lane)))
  const oneInserts = 1_000
  const client = await pool.connect()
  const oneMs = await timed(async () => {
    for (let key = 0; key < oneInserts; key += 1) await client.query(insert(key))
  })
  client.release()
  await pool.end()
  return { manyMs, oneMs, oneInserts }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0)
const round = (value: number) => Math.round(value * 1_000) / 1_000

function print({ peers, ...own }: StepFigures): void {
  const engines: readonly PeerFigures[] = [
    { name: 'NeonHub', stepsPerSecond: own.stepsPerSecond, longMs: own.thousandStepsMs },
    ...peers,
    { name: 'raw floor', stepsPerSecond: own.floorStepsPerSecond, longMs: own.floorMsPerStep * longSteps },
  ]
  printTable([
    ['', 'steps a second', 'to NeonHub', 'ms a step', '1,000 steps', 'to NeonHub'],
    ...engines.map(({ name, stepsPerSecond, longMs }) => [
      name,
      `${Math.round(stepsPerSecond)}`,
      (stepsPerSecond / own.stepsPerSecond).toFixed(2),
      (longMs / longSteps).toFixed(3),
      `${Math.round(longMs)} ms`,
      (longMs / own.thousandStepsMs).toFixed(2),
    ]),
  ])
  stdout.write(`last 100 steps of 1,000 to the first 100: ${own.lastToFirstRatio.toFixed(2)}\n`)
}
