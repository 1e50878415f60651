import process, { stdout } from 'node:process'
import type { OrganizationId } from '../../packages/server/src/base/ids.ts'
import { createLogger } from '../../packages/server/src/base/log.ts'
import { type Database, migrate, openDatabase, withTenant } from '../../packages/server/src/db/index.ts'
import { listRuns, type Runtime } from '../../packages/server/src/runtime/index.ts'
import { withScratchDatabase } from '../../packages/server/test/scratch-database.ts'
import { createBenchRuntime, stepper } from './bench-runtime.ts'
import { type Age, fillRuns } from './growth/fill-runs.ts'

/** What starting a run and listing the newest 50 cost as the journal grows. Times are medians in milliseconds. */
export interface GrowthFigures {
  readonly ages: readonly (Age & { readonly fillSeconds: number; readonly insertMs: number; readonly listMs: number })[]
  /** Of each age to the youngest: the median of what rounds measured side by side came to. */
  readonly insertRatios: readonly number[]
  readonly listRatios: readonly number[]
  readonly atMost: number
  readonly holds: boolean
}

const ages: readonly Age[] = [
  { runs: 1_000, months: 1 },
  { runs: 100_000, months: 12 },
  { runs: 10_000_000, months: 36 },
]
const atMost = 1.3
const pageSize = 50
/** Of one kind before the other's turn, so that each is measured in the state that it leaves the caches in. */
const perTurn = 10

interface Installation {
  readonly age: Age
  readonly fillSeconds: number
  readonly database: Database
  readonly runtime: Runtime
  readonly organizationId: OrganizationId
}

/**
 * Measures the two on one installation of each age, by turns in one process, so that a machine's other work falls on all
 * alike. An older installation has more months behind it, as it would. `--short` leaves out the largest.
 */
export async function benchGrowth({
  databaseUrl,
  isShort,
}: {
  readonly databaseUrl: string
  readonly isShort: boolean
}): Promise<GrowthFigures> {
  const figures = await withInstallations(databaseUrl, isShort ? ages.slice(0, 2) : ages, [], (all) =>
    measure(all, { rounds: isShort ? 60 : 200 }),
  )
  print(figures)
  if (!figures.holds) process.exitCode = 1
  return figures
}

async function withInstallations<Result>(
  databaseUrl: string,
  [age, ...others]: readonly Age[],
  made: readonly Installation[],
  work: (installations: readonly Installation[]) => Promise<Result>,
): Promise<Result> {
  if (!age) return work(made)
  return withScratchDatabase(databaseUrl, async (url) => {
    const logger = createLogger({ level: 'error' })
    const database = await openDatabase({ databaseUrl: url, dataDir: undefined, logger, poolSize: 2 })
    try {
      await migrate(database)
      const startedAt = performance.now()
      const organizationId = await fillRuns(url, age)
      const fillSeconds = Math.round((performance.now() - startedAt) / 1_000)
      const runtime = createBenchRuntime(database, logger)
      const installation = { age, fillSeconds, database, runtime, organizationId }
      return await withInstallations(databaseUrl, others, [...made, installation], work)
    } finally {
      await database.close()
    }
  })
}

async function measure(
  installations: readonly Installation[],
  { rounds }: { readonly rounds: number },
): Promise<GrowthFigures> {
  // In this order: a page of runs that have just been asked for would hold neither children nor calls.
  const lists = await takeTurns(installations, { rounds, work: listNewest })
  const inserts = await takeTurns(installations, { rounds, work: startRun })
  const insertRatios = ratiosToFirst(inserts)
  const listRatios = ratiosToFirst(lists)
  return {
    ages: installations.map(({ age, fillSeconds }, index) => ({
      ...age,
      fillSeconds,
      insertMs: round3(median(inserts[index] ?? [])),
      listMs: round3(median(lists[index] ?? [])),
    })),
    insertRatios,
    listRatios,
    atMost,
    holds: [...insertRatios, ...listRatios].every((ratio) => ratio <= atMost),
  }
}

/** What each installation took in each round. */
async function takeTurns(
  installations: readonly Installation[],
  { rounds, work }: { readonly rounds: number; readonly work: (installation: Installation) => Promise<unknown> },
): Promise<readonly (readonly number[])[]> {
  const times = installations.map((): number[] => [])
  for (let round = -3; round < rounds; round += 1) {
    for (const [index, installation] of installations.entries()) {
      const ms = await timeEach(() => work(installation))
      // Connections, caches and just-in-time compiled code are made in the first rounds.
      if (round >= 0) times[index]?.push(ms)
    }
  }
  return times
}

const startRun = ({ runtime, organizationId }: Installation) =>
  runtime.startRun(organizationId, { agent: stepper.name, intent: 'take', input: { steps: 0 }, requestedBy: 'cli' })

async function listNewest({ database, organizationId }: Installation): Promise<void> {
  const page = await withTenant(database, organizationId, (tx) => listRuns(tx, { limit: pageSize }))
  if (page.length !== pageSize) throw new Error(`The newest ${pageSize} runs are ${page.length}`)
}

/** The median of a turn. */
async function timeEach(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let time = 0; time < perTurn; time += 1) {
    const startedAt = performance.now()
    await work()
    times.push(performance.now() - startedAt)
  }
  return median(times)
}

function ratiosToFirst([first = [], ...others]: readonly (readonly number[])[]): readonly number[] {
  return others.map((times) => round3(median(times.map((time, round) => time / (first[round] ?? Number.NaN)))))
}

const median = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN
const round3 = (value: number) => Math.round(value * 1_000) / 1_000

function print({ ages: measured, insertRatios, listRatios }: GrowthFigures): void {
  const rows = [['runs', 'months', 'insert ms', 'ratio', 'newest 50 ms', 'ratio']]
  for (const [index, { runs, months, insertMs, listMs }] of measured.entries()) {
    const ratio = (ratios: readonly number[]) => ratios[index - 1]?.toFixed(2) ?? ''
    rows.push([`${runs}`, `${months}`, `${insertMs}`, ratio(insertRatios), `${listMs}`, ratio(listRatios)])
  }
  for (const row of rows) stdout.write(`${row.map((cell) => cell.padEnd(14)).join('')}\n`.replace(/ +\n/, '\n'))
}
