import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { execPath } from 'node:process'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { systemClock } from '../../src/base/clock.ts'
import { parseConfig } from '../../src/base/config.ts'
import type { OrganizationId } from '../../src/base/ids.ts'
import { createLogger } from '../../src/base/log.ts'
import { createMetrics } from '../../src/base/metrics.ts'
import { type Database, migrate, openDatabase } from '../../src/db/index.ts'
import { createLlm } from '../../src/llm/index.ts'
import { createQueue } from '../../src/queue/index.ts'
import { createRuntime } from '../../src/runtime/index.ts'
import { addOrganization } from '../database.ts'
import { openNetwork } from '../open-network.ts'
import { withScratchDatabase } from '../scratch-database.ts'
import { thinker } from './load/thinker.ts'
import type { ProofAnswer, ProofOptions } from './proof.ts'
import { createRandom, type Random } from './random.ts'
import { sabotagesOf } from './sabotages.ts'

/** What the proof of load found. Times are from a run's request to its end, by the database's clock. */
export interface LoadAnswer extends ProofAnswer {
  /** Of the noisy organization, and how many of them, and of all, came to their end a second. */
  readonly runs: number
  readonly runsPerSecond: number
  /** Runs of the 99 quiet organizations, by themselves and beside the noise. */
  readonly quietRuns: number
  readonly aloneP50Ms: number
  readonly aloneP99Ms: number
  readonly besideP50Ms: number
  readonly besideP99Ms: number
  /** Of the two p99; at most 2. */
  readonly ratio: number
  /** Of the noisy organization's runs when the quiet ones were last asked for: the noise lasted until then. */
  readonly stillWaiting: number
  readonly unfinished: number
  /** The most memory that a worker ever held. */
  readonly workerMb: number
}

const forms = {
  short: { noise: 6_000, quietSeconds: 10 },
  long: { noise: 100_000, quietSeconds: 120 },
} as const
const quietOrganizations = 99
/** Runs a second of all quiet organizations together, in times that are the seed's. */
const quietRate = 20
const workers = 2
const producers = 64
const mostRatio = 2
const patienceMs = 900_000

const sabotages = {
  /** No turns, and no limit to anybody's share of the hands: the noisy organization is always the first. */
  'no turns': [
    [' and organization_id > v_cursor', ''],
    ['continue when v_job.id is null', 'exit when v_job.id is null'],
    ['least(p_most_held, 4 * v_free)', '1000000'],
  ],
} as const
const sabotageNames = Object.keys(sabotages) as readonly (keyof typeof sabotages)[]

/** One organization asks for a great many runs at once, and 99 others hardly notice. `--sabotage NAME` must be found. */
export async function proveLoad(options: ProofOptions): Promise<LoadAnswer> {
  const sabotage = sabotagesOf(options.flags, sabotageNames)[0]
  return withScratchDatabase(options.databaseUrl, async (databaseUrl) => {
    const database = await openDatabase({ databaseUrl, dataDir: undefined, logger: createLogger({ level: 'fatal' }) })
    const owner = new pg.Client({ connectionString: databaseUrl })
    await owner.connect()
    owner.on('error', () => undefined)
    const children: ChildProcess[] = []
    try {
      await migrate(database)
      for (const [was, becomes] of sabotage ? sabotages[sabotage] : []) await breakTaking(owner, { was, becomes })
      for (let index = 0; index < workers; index += 1) children.push(await startWorker(databaseUrl))
      return await prove({ database, owner, children }, options)
    } finally {
      for (const child of children) child.kill('SIGKILL')
      await owner.end()
      await database.close()
    }
  })
}

interface Scene {
  readonly database: Database
  /** A privileged hand that counts. */
  readonly owner: pg.Client
  readonly children: readonly ChildProcess[]
}

async function prove({ database, owner, children }: Scene, { isShort, seed, say }: ProofOptions): Promise<LoadAnswer> {
  const { noise, quietSeconds } = forms[isShort ? 'short' : 'long']
  const random = createRandom(seed)
  const ask = await openDoor(database)
  const noisy = await addOrganization(database, 'Noisy')
  const quiet: OrganizationId[] = []
  for (let index = 0; index < quietOrganizations; index += 1)
    quiet.push(await addOrganization(database, `Quiet ${index}`))
  const askQuietly = (phase: string) =>
    poisson({ random, seconds: quietSeconds, rate: quietRate }, () =>
      ask(quiet[random.below(quiet.length)] ?? noisy, phase),
    )
  // Plans, connections and statistics are made before anything is measured.
  await askMany(300, () => ask(noisy, 'warm'))
  await Promise.all(quiet.map((organizationId) => ask(organizationId, 'warm')))
  await untilDone(owner, 'warm')
  await owner.query('analyze')

  await askQuietly('alone')
  await untilDone(owner, 'alone')
  say(`the quiet ones alone: ${describe(await latencies(owner, 'alone'))}`)

  const asking = askMany(noise, () => ask(noisy, 'noise'))
  await sleep(1_000)
  await askQuietly('beside')
  const stillWaiting = await countOpen(owner, 'noise')
  await untilDone(owner, 'beside')
  await asking
  await untilDone(owner, 'noise')

  const [alone, beside] = [await latencies(owner, 'alone'), await latencies(owner, 'beside')]
  say(`beside ${noise} runs of another: ${describe(beside)}`)
  const { rows } = await owner.query<{ seconds: number; unfinished: number }>(`
    select extract(epoch from max(finished_at) filter (where input->>'phase' = 'noise')
        - min(created_at) filter (where input->>'phase' = 'noise'))::float8 as seconds,
      count(*) filter (where status <> 'succeeded')::int as unfinished
    from agent_runs
  `)
  const [{ seconds, unfinished } = { seconds: 0, unfinished: -1 }] = rows
  const memory = await Promise.all(children.map(mostMemoryMb))
  const ratio = Math.round((beside.p99 / alone.p99) * 100) / 100
  return {
    proof: 'load',
    seed,
    runs: noise,
    runsPerSecond: Math.round((noise + beside.count) / seconds),
    quietRuns: alone.count + beside.count,
    aloneP50Ms: alone.p50,
    aloneP99Ms: alone.p99,
    besideP50Ms: beside.p50,
    besideP99Ms: beside.p99,
    ratio,
    stillWaiting,
    unfinished,
    workerMb: Math.max(...memory),
    ok: ratio <= mostRatio && unfinished === 0 && stillWaiting > 0,
  }
}

async function openDoor(database: Database) {
  const [clock, metrics, logger] = [systemClock, createMetrics(), createLogger({ level: 'fatal' })]
  const queue = await createQueue({ database, redisUrl: undefined, logger, metrics, clock })
  const runtime = createRuntime({
    database,
    queue,
    llm: createLlm({ config: parseConfig({}).llm, clock }),
    agents: new Map([[thinker.name, thinker]]),
    clock,
    logger,
    metrics,
    ...openNetwork,
    publicUrl: 'http://localhost:3000',
    masterKey: new Uint8Array(32).fill(7),
    mockConnectors: false,
  })
  return async (organizationId: OrganizationId, phase: string) => {
    await runtime.startRun(organizationId, {
      agent: thinker.name,
      intent: 'think',
      input: { phase },
      requestedBy: 'cli',
    })
  }
}

async function askMany(count: number, ask: () => Promise<void>): Promise<void> {
  let left = count
  const lane = async () => {
    while (left > 0) {
      left -= 1
      await ask()
    }
  }
  await Promise.all(Array.from({ length: producers }, lane))
}

/** Asks at the times of a Poisson process, whatever became of what was asked before. */
async function poisson(
  { random, seconds, rate }: { readonly random: Random; readonly seconds: number; readonly rate: number },
  ask: () => Promise<void>,
): Promise<void> {
  const asked: Promise<void>[] = []
  const startedAt = performance.now()
  for (let atMs = 0; atMs < seconds * 1_000; atMs += (-Math.log(1 - random.next()) / rate) * 1_000) {
    await sleep(Math.max(0, startedAt + atMs - performance.now()))
    asked.push(ask())
  }
  await Promise.all(asked)
}

async function countOpen(owner: pg.Client, phase: string): Promise<number> {
  const { rows } = await owner.query<{ count: number }>(
    `select count(*)::int as count from agent_runs where input->>'phase' = $1 and status in ('queued', 'running')`,
    [phase],
  )
  return rows[0]?.count ?? 0
}

async function untilDone(owner: pg.Client, phase: string): Promise<void> {
  for (const until = performance.now() + patienceMs; performance.now() < until;) {
    if ((await countOpen(owner, phase)) === 0) return
    // Counting reads every run: seldom enough that it does not weigh.
    await sleep(1_000)
  }
}

interface Latencies {
  readonly count: number
  readonly p50: number
  readonly p99: number
}

async function latencies(owner: pg.Client, phase: string): Promise<Latencies> {
  const { rows } = await owner.query<Latencies>(
    `select count(*)::int as count,
      round(1000 * percentile_cont(0.5) within group (order by seconds))::int as p50,
      round(1000 * percentile_cont(0.99) within group (order by seconds))::int as p99
     from (
       select extract(epoch from finished_at - created_at) as seconds from agent_runs
       where input->>'phase' = $1 and status = 'succeeded'
     ) as ended`,
    [phase],
  )
  return rows[0] ?? { count: 0, p50: 0, p99: 0 }
}

const describe = ({ count, p50, p99 }: Latencies) => `${count} runs, p50 ${p50} ms, p99 ${p99} ms`

async function startWorker(databaseUrl: string): Promise<ChildProcess> {
  const script = fileURLToPath(new URL('load/worker-child.ts', import.meta.url))
  const child = spawn(execPath, [script, databaseUrl], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ready = once(createInterface({ input: child.stdout }), 'line')
  await Promise.race([ready, once(child, 'exit').then(() => Promise.reject(new Error('a worker ended at its start')))])
  return child
}

/** The process's peak, as Linux counts it (proc(5), VmHWM). */
async function mostMemoryMb({ pid }: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Math.round(Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) / 1024)
}

/** Changes how jobs are taken, in the function as it stands. */
async function breakTaking(
  owner: pg.Client,
  { was, becomes }: { readonly was: string; readonly becomes: string },
): Promise<void> {
  const { rows } = await owner.query<{ text: string }>(
    `select pg_get_functiondef(oid) as text from pg_proc where proname = 'take_jobs'`,
  )
  const text = rows[0]?.text ?? ''
  if (!text.includes(was)) throw new Error(`take_jobs has no "${was}"`)
  await owner.query(text.replaceAll(was, becomes))
}
