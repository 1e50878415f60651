import pg from 'pg'
import { newId, type OrganizationId } from '../../packages/server/src/base/ids.ts'
import { createLogger } from '../../packages/server/src/base/log.ts'
import { migrate, openDatabase } from '../../packages/server/src/db/index.ts'
import { ensureFirstOrganization } from '../../packages/server/src/identity/index.ts'
import type { Runtime } from '../../packages/server/src/runtime/index.ts'
import { withScratchDatabase } from '../../packages/server/test/scratch-database.ts'
import { createBenchRuntime, stepper, stepTimes } from './bench-runtime.ts'
import { printTable } from './print-table.ts'

const poolSize = 20
const concurrency = 100
const stepsPerRun = 4

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
}

/** Measures durable steps beside the raw floor, on a scratch database of the server. */
export async function benchSteps({
  databaseUrl,
  isShort,
}: {
  readonly databaseUrl: string
  readonly isShort: boolean
}): Promise<StepFigures> {
  return withScratchDatabase(databaseUrl, async (url) => {
    const logger = createLogger({ level: 'error' })
    const database = await openDatabase({ databaseUrl: url, dataDir: undefined, logger, poolSize })
    await migrate(database)
    const { organizationId } = await ensureFirstOrganization(database)
    const runtime = createBenchRuntime(database, logger)
    const runs = isShort ? 500 : 2_500
    // Connections and plans are made before the clock starts.
    await takeSteps(runtime, organizationId, { runs: concurrency, steps: stepsPerRun })
    const floor = await measureFloor(url, { inserts: runs * stepsPerRun })
    const many = await timed(() => takeSteps(runtime, organizationId, { runs, steps: stepsPerRun }))
    const oneRunSteps = isShort ? 300 : 1_000
    const one = await timed(() => takeSteps(runtime, organizationId, { runs: 1, steps: oneRunSteps }))
    stepTimes.length = 0
    const thousand = await timed(() => takeSteps(runtime, organizationId, { runs: 1, steps: 1_000 }))
    const figures: StepFigures = {
      stepsPerSecond: Math.round((runs * stepsPerRun * 1_000) / many),
      floorStepsPerSecond: Math.round((runs * stepsPerRun * 1_000) / floor.manyMs),
      msPerStep: round(one / oneRunSteps),
      floorMsPerStep: round(floor.oneMs / floor.oneInserts),
      thousandStepsMs: Math.round(thousand),
      lastToFirstRatio: round(sum(stepTimes.slice(-100)) / sum(stepTimes.slice(0, 100))),
    }
    await database.close()
    print(figures)
    return figures
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

function print(figures: StepFigures): void {
  const { stepsPerSecond, floorStepsPerSecond, msPerStep, floorMsPerStep, thousandStepsMs, lastToFirstRatio } = figures
  printTable([
    ['', 'NeonHub', 'raw floor', 'ratio'],
    [
      'steps a second',
      `${stepsPerSecond}`,
      `${floorStepsPerSecond}`,
      (floorStepsPerSecond / stepsPerSecond).toFixed(2),
    ],
    ['ms a step', `${msPerStep}`, `${floorMsPerStep}`, (msPerStep / floorMsPerStep).toFixed(2)],
    ['1,000 steps', `${thousandStepsMs} ms`, `${Math.round(floorMsPerStep * 1_000)} ms`, ''],
    ['last 100 to first 100', lastToFirstRatio.toFixed(2), '', ''],
  ])
}
