import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { createLogger } from '../../src/base/log.ts'
import { type RunId } from '../../src/base/ids.ts'
import { type Database, migrate, openDatabase, sql, withTenant } from '../../src/db/index.ts'
import { createMetrics } from '../../src/base/metrics.ts'
import { systemClock } from '../../src/base/clock.ts'
import { parseConfig } from '../../src/base/config.ts'
import { createLlm } from '../../src/llm/index.ts'
import { createQueue } from '../../src/queue/index.ts'
import { createRuntime } from '../../src/runtime/index.ts'
import { addOrganization } from '../database.ts'
import { openNetwork } from '../open-network.ts'
import { withScratchDatabase } from '../scratch-database.ts'
import { createEater, type Poison, poisons } from './poison/eater.ts'
import { startSupervised } from './poison/supervised.ts'
import type { ProofAnswer, ProofOptions } from './proof.ts'
import { createRandom, type Random } from './random.ts'
import { sabotagesOf } from './sabotages.ts'

/** What the proof of poison found; those of `Findings` must be 0, and `ratio` at most 1.5 in the long form. */
export interface PoisonAnswer extends ProofAnswer, Findings {
  readonly runs: number
  readonly bad: number
  /** Worker processes that ended and were started again; those that did one run alone do not count. */
  readonly workersEnded: number
  /** From queueing to end of the healthy runs, in milliseconds, beside the same load without the bad ones. */
  readonly healthyP99Ms: number
  readonly aloneP99Ms: number
  readonly ratio: number
}

interface Findings {
  /** Bad runs that did not come to rest. */
  readonly notParked: number
  /** Bad runs that rest without a word of what happened, or of something else. */
  readonly withoutReason: number
  /** Bad runs of which nobody is told. */
  readonly untold: number
  /** Bad runs that a person could not resume. */
  readonly notResumable: number
  readonly healthyParked: number
  readonly healthyOpen: number
}

const sabotageNames = ['blind blame', 'no watchdog'] as const
type Sabotage = (typeof sabotageNames)[number]

const forms = {
  /** Few runs make no percentile: here a worker's restart is a good part of the whole. */
  short: { healthy: 396, bad: 4, workers: 6, stepMs: 700, mostRatio: 4 },
  long: { healthy: 9_900, bad: 100, workers: 6, stepMs: 700, mostRatio: 1.5 },
} as const
type Form = (typeof forms)[keyof typeof forms]

/** After which what is still open counts as never over. */
const patienceMs = 1_200_000

/** What is said of a run that did each of these. */
const reasonOf: Readonly<Record<Poison, { readonly status: string; readonly message: RegExp }>> = {
  throw: { status: 'failed', message: /cannot be done/ },
  hang: { status: 'needs_attention', message: /was not over after \d+ s/ },
  heap: { status: 'needs_attention', message: /took its worker down .*out of memory/ },
  loop: { status: 'needs_attention', message: /took its worker down .*event loop stood/ },
}

/**
 * Runs that throw, hang, fill the heap or make the event loop stand, among healthy ones, on workers that a supervisor
 * starts again: each comes to rest with its reason, and the healthy ones come through. `--sabotage NAME` must be found.
 */
export async function provePoison(options: ProofOptions): Promise<PoisonAnswer> {
  const { isShort, seed, say, flags, databaseUrl } = options
  const chosen = sabotagesOf(flags, sabotageNames)
  const form = isShort ? forms.short : forms.long
  const random = createRandom(seed)
  const parts = { form, random, say, chosen, serverUrl: databaseUrl }
  const alone = await load({ ...parts, bad: 0 })
  const beside = await load({ ...parts, bad: form.bad })
  const ratio = Math.round((beside.p99Ms / alone.p99Ms) * 100) / 100
  say(`healthy p99 ${beside.p99Ms} ms, ${alone.p99Ms} ms without the bad ones: ${ratio} times`)
  const { findings } = beside
  for (const [name, count] of Object.entries(findings)) if (count > 0) say(`found: ${name} ${count}`)
  if (ratio > form.mostRatio) say(`found: the healthy ones took ${ratio} times as long`)
  // Half of them take a worker down, and some go down together.
  const fewestEnded = form.bad / 4
  if (beside.workersEnded < fewestEnded) say('found: vacuous: too few workers were taken down')
  return {
    proof: 'poison',
    seed,
    runs: form.healthy + form.bad,
    bad: form.bad,
    workersEnded: beside.workersEnded,
    healthyP99Ms: beside.p99Ms,
    aloneP99Ms: alone.p99Ms,
    ratio,
    ...findings,
    ok:
      ratio <= form.mostRatio &&
      beside.workersEnded >= fewestEnded &&
      Object.values(findings).every((count) => count === 0),
  }
}

interface LoadParts extends Pick<ProofOptions, 'say'> {
  readonly serverUrl: string
  readonly form: Form
  readonly bad: number
  readonly random: Random
  readonly chosen: readonly Sabotage[]
}

async function load({ serverUrl, form, bad, random, say, chosen }: LoadParts) {
  return withScratchDatabase(serverUrl, async (databaseUrl) => {
    const logger = createLogger({ level: 'fatal' })
    const database = await openDatabase({ databaseUrl, dataDir: undefined, logger })
    await migrate(database)
    if (chosen.includes('blind blame')) await blameBlindly(databaseUrl)
    const { healthy, stepMs, workers } = form
    const masterKey = randomBytes(32)
    const desk = await openDesk(database, { masterKey, stepMs, say })
    try {
      const poisonOf = new Map<RunId, Poison>()
      const places = new Set<number>()
      // Not among the last, so that each has others beside it, however often it is tried.
      while (places.size < bad) places.add(random.below(Math.floor(healthy * 0.4)))
      let next = 0
      const lane = async () => {
        while (next < healthy + bad) {
          const at = next++
          const poison = places.has(at) ? poisons[[...places].indexOf(at) % poisons.length] : undefined
          const runId = await desk.start(poison)
          if (poison !== undefined) poisonOf.set(runId, poison)
        }
      }
      await Promise.all(Array.from({ length: 20 }, lane))
      const crew = await startSupervised(workers, [
        databaseUrl,
        masterKey.toString('hex'),
        `${stepMs}`,
        chosen.includes('no watchdog') ? '' : 'watched',
      ])
      try {
        await waitUntil(async () => (await desk.countOpen()) === 0)
        const findings = await desk.judge(poisonOf)
        const p99Ms = await desk.readP99(poisonOf)
        say(`${healthy} healthy and ${bad} bad runs on ${workers} workers, ${crew.ended()} of which went down`)
        return { findings, p99Ms, workersEnded: crew.ended() }
      } finally {
        await crew.stop()
      }
    } finally {
      await desk.close()
      await database.close()
    }
  })
}

/** Nobody is done alone, and what was on when a worker went down is parked with the one that did it. */
async function blameBlindly(databaseUrl: string): Promise<void> {
  const { Client } = (await import('pg')).default
  const owner = new Client({ connectionString: databaseUrl })
  await owner.connect()
  await owner.query(`
    create function sabotage_attempts() returns trigger language plpgsql as $$
      begin
        if old.status = 'active' and new.status = 'queued' then new.status := 'parked'; end if;
        return new;
      end $$;
    create trigger sabotage_attempts before update on agent_jobs for each row execute function sabotage_attempts()`)
  await owner.end()
}

/** The people's side: starts runs, works none, and judges what became of them. */
async function openDesk(
  database: Database,
  { masterKey, stepMs, say }: { readonly masterKey: Uint8Array; readonly stepMs: number } & Pick<ProofOptions, 'say'>,
) {
  const logger = createLogger({ level: 'fatal' })
  const metrics = createMetrics()
  const agent = createEater(stepMs)
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
    mockConnectors: true,
  })
  const organizationId = await addOrganization(database)
  const readRuns = () =>
    withTenant(database, organizationId, (tx) =>
      tx.selectFrom('agent_runs').select(['id', 'status', 'error']).execute(),
    )
  const told = async (runId: string) =>
    withTenant(database, organizationId, async (tx) => {
      const { rows } = await sql`select from notifications where subject_id = ${runId} and resolved_at is null`.execute(
        tx,
      )
      return rows.length > 0
    })
  return {
    start: async (poison: Poison | undefined) => {
      const input = poison === undefined ? {} : { poison }
      const { runId } = await runtime.startRun(organizationId, {
        agent: agent.name,
        intent: 'eat',
        input,
        requestedBy: 'cli',
      })
      return runId
    },
    countOpen: async () =>
      (await readRuns()).filter(({ status }) => status === 'queued' || status === 'running' || status === 'waiting')
        .length,
    judge: async (poisonOf: ReadonlyMap<RunId, Poison>): Promise<Findings> => {
      const runs = new Map((await readRuns()).map((run) => [run.id, run]))
      let [notParked, withoutReason, untold, notResumable] = [0, 0, 0, 0]
      for (const [runId, poison] of poisonOf) {
        const run = runs.get(runId)
        const reason = reasonOf[poison]
        const isParked = run?.status === reason.status
        const isExplained = reason.message.test(JSON.stringify(run?.error ?? null))
        if (!isParked || !isExplained) say(`found: ${poison}: ${run?.status} ${JSON.stringify(run?.error)}`)
        if (!isParked) notParked += 1
        else if (!isExplained) withoutReason += 1
        if (!(await told(runId))) untold += 1
        if (run?.status !== reason.status) continue
        // Called off at once: what it does is known.
        await runtime.resumeRun(organizationId, runId).catch(() => (notResumable += 1))
        await runtime.cancelRun(organizationId, runId)
      }
      const others = [...runs.values()].filter(({ id }) => ![...poisonOf.keys()].some((runId) => runId === id))
      return {
        notParked,
        withoutReason,
        untold,
        notResumable,
        healthyParked: others.filter(({ status }) => status === 'needs_attention' || status === 'failed').length,
        healthyOpen: others.filter(({ status }) => status === 'queued' || status === 'running').length,
      }
    },
    readP99: (poisonOf: ReadonlyMap<RunId, Poison>) =>
      withTenant(database, organizationId, async (tx) => {
        const { rows } = await sql<{ p99: number }>`
          select percentile_cont(0.99) within group (
            order by extract(epoch from finished_at - created_at) * 1000
          )::float8 as p99
          from agent_runs where status = 'succeeded' and not id = any (${[...poisonOf.keys()]}::uuid[])
        `.execute(tx)
        return Math.round(rows[0]?.p99 ?? Number.NaN)
      }),
    close: () => queue.stop(),
  }
}

/** Waits until it is so, or for as long as nothing more can be expected to change. */
async function waitUntil(isSo: () => Promise<boolean>): Promise<void> {
  const begun = performance.now()
  while (performance.now() - begun < patienceMs) {
    if (await isSo()) return
    await sleep(500)
  }
}
