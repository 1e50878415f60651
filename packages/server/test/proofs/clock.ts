import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync } from 'node:fs'
import { env, execPath } from 'node:process'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { NeonHubError } from '../../src/base/errors.ts'
import type { RunId } from '../../src/base/ids.ts'
import { createLogger } from '../../src/base/log.ts'
import { type Database, migrate, openDatabase, sql, withTenant } from '../../src/db/index.ts'
import { withScratchDatabase } from '../scratch-database.ts'
import { type Office, openOffice } from './crash/office.ts'
import { startRecorder } from './crash/start-recorder.ts'
import { tally } from './crash/tally.ts'
import type { ProofAnswer, ProofOptions } from './proof.ts'
import { createRandom } from './random.ts'
import { sabotagesOf } from './sabotages.ts'

/** What the proof of wrong clocks found; all but `runs`, `effects` and `heldBack` must be 0. */
export interface ClockAnswer extends ProofAnswer {
  readonly runs: number
  readonly effects: number
  /** Leases that another worker took although their holder lived. */
  readonly stolen: number
  /** Runs whose job was due in half an hour, and which began now. */
  readonly early: number
  readonly heldBack: number
  readonly repeated: number
  readonly missing: number
  readonly unknown: number
  readonly stepsRunAgain: number
  /** Times on record that lie outside of the proof's own, by the database's clock. */
  readonly misdated: number
}

const sabotages = {
  /** Leases and jobs lapse as a clock an hour ahead would have it. */
  'lapsed lease': `
    create function sabotage_lease() returns trigger language plpgsql as $$
      begin
        if new.lease_expires_at is not null then new.lease_expires_at := new.lease_expires_at - interval '1 hour'; end if;
        return new;
      end $$;
    create trigger sabotage_lease before update on agent_runs for each row execute function sabotage_lease();
    create function sabotage_check() returns trigger language plpgsql as $$
      begin
        if new.status = 'active' then new.check_at := new.check_at - interval '1 hour'; end if;
        return new;
      end $$;
    create trigger sabotage_check before update on agent_jobs for each row execute function sabotage_check()`,
  /** What is due later is due now. */
  'early job': `
    create function sabotage_job() returns trigger language plpgsql as $$
      begin new.run_at := clock_timestamp(); new.check_at := clock_timestamp(); return new; end $$;
    create trigger sabotage_job before update of run_at on agent_jobs for each row execute function sabotage_job()`,
  /** The journal takes a worker's word for when a step began. */
  'told time': `
    create function sabotage_time() returns trigger language plpgsql as $$
      begin new.started_at := new.started_at + interval '1 hour'; return new; end $$;
    create trigger sabotage_time before insert on run_steps for each row execute function sabotage_time()`,
} as const
type Sabotage = keyof typeof sabotages
const sabotageNames = Object.keys(sabotages) as readonly Sabotage[]

const forms = { short: { runs: 18, later: 3 }, long: { runs: 300, later: 30 } } as const
/** A run takes five steps, together longer than its lease: it lives by renewing it. */
const leaseMs = 4_000
const stepMs = 1_200
const laterMs = 1_800_000
/** Of each worker's clock to the right one, in seconds. */
const clocksOff = [0, 3_600, -3_600] as const

/** Workers whose clocks are an hour off, beside one that is right. Each `--sabotage NAME` must be found; there may be several. */
export async function proveClock(options: ProofOptions): Promise<ClockAnswer> {
  const chosen = sabotagesOf(options.flags, sabotageNames)
  return withScratchDatabase(options.databaseUrl, async (databaseUrl) => {
    const database = await openDatabase({ databaseUrl, dataDir: undefined, logger: createLogger({ level: 'fatal' }) })
    try {
      await migrate(database)
      await prepare(databaseUrl, chosen)
      return await prove(database, databaseUrl, options)
    } finally {
      await database.close()
    }
  })
}

async function prepare(databaseUrl: string, chosen: readonly Sabotage[]): Promise<void> {
  const owner = new pg.Client({ connectionString: databaseUrl })
  await owner.connect()
  await owner.query(
    'create table proof_effects (run_id uuid not null); grant insert, select on proof_effects to neonhub_app',
  )
  for (const name of chosen) await owner.query(sabotages[name])
  await owner.end()
}

async function prove(
  database: Database,
  databaseUrl: string,
  { isShort, seed, say }: ProofOptions,
): Promise<ClockAnswer> {
  const { runs, later } = isShort ? forms.short : forms.long
  const random = createRandom(seed)
  const recorder = await startRecorder({ isDeaf: false, onTold: () => {} })
  const office = await openOffice(database, recorder)
  const workers: ChildProcess[] = []
  try {
    const parameters = [databaseUrl, office.masterKey, String(leaseMs), recorder.url, String(stepMs)]
    for (const secondsOff of clocksOff) workers.push(await hire(parameters, secondsOff))
    const heldBack: RunId[] = []
    for (let started = 0; started < later; started += 1) heldBack.push(await office.startLater(random, laterMs))
    for (let started = 0; started < runs; started += 1) await office.startRun(random)
    await waitForRuns(office, heldBack)
    say(`${runs} runs of ${workers.length} workers, whose clocks are off by ${clocksOff.join(', ')} s`)
    const early = await countBegun(database, office, heldBack)
    for (const worker of workers) await end(worker)
    await recorder.stop()
    const settled = new Set<string>()
    const { findings, failed, ...figures } = await tally(database, office.organizationId, {
      runIds: office.runIds,
      recorder,
      settled,
    })
    const unknown = (await office.listUnknown()).length
    const { stolen, misdated } = await readRecord(database, office)
    for (const finding of findings.slice(0, 20)) say(`found: ${finding}`)
    return {
      proof: 'clock',
      seed,
      runs,
      heldBack: heldBack.length,
      ...figures,
      stolen,
      early,
      unknown,
      misdated,
      ok: findings.length + failed + stolen + early + unknown + misdated === 0,
    }
  } finally {
    for (const worker of workers) await end(worker)
    await recorder.stop()
    await office.close()
  }
}

/** libfaketime moves the wall clock of one process: https://github.com/wolfcw/libfaketime */
function fakeTime(secondsOff: number): Readonly<Record<string, string>> {
  if (secondsOff === 0) return {}
  const [library] = globSync('/usr/lib/*/faketime/libfaketimeMT.so.1')
  if (library === undefined) {
    throw new NeonHubError('proof.faketime_missing', 'There is nothing to set the clock of a process with', {
      kind: 'invalid',
      hint: 'Install libfaketime: apt-get install libfaketime',
    })
  }
  // What measures spans is left alone, as a wrong wall clock leaves it.
  return {
    LD_PRELOAD: library,
    FAKETIME: `${secondsOff < 0 ? '' : '+'}${secondsOff}s`,
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  }
}

async function hire(parameters: readonly string[], secondsOff: number): Promise<ChildProcess> {
  const file = fileURLToPath(new URL('crash/worker-child.ts', import.meta.url))
  const worker = spawn(execPath, [file, ...parameters], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...env, ...fakeTime(secondsOff) },
  })
  await Promise.race([
    once(worker.stdout, 'data'),
    once(worker, 'exit').then(() => {
      throw new Error('A worker ended before it was ready')
    }),
  ])
  return worker
}

async function end(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return
  const ended = once(worker, 'exit')
  worker.kill('SIGKILL')
  await ended
}

/** Until every run but those that are held back is over. */
async function waitForRuns(office: Office, heldBack: readonly RunId[]): Promise<void> {
  const isHeldBack = new Set<string>(heldBack)
  const until = performance.now() + 30_000 + office.runIds.length * 1_000
  for (;;) {
    const open = (await office.findOpen()).filter(({ id, status }) => !isHeldBack.has(id) && status !== 'waiting')
    if (open.length === 0 || performance.now() > until) return
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

const countBegun = (database: Database, { organizationId }: Office, runIds: readonly RunId[]) =>
  withTenant(database, organizationId, async (tx) => {
    const rows = await tx
      .selectFrom('agent_runs')
      .select('id')
      .where('id', 'in', runIds)
      .where('started_at', 'is not', null)
      .execute()
    return rows.length
  })

/** Every run is claimed once, and everything lies between the first of them and now. */
async function readRecord(
  database: Database,
  { organizationId }: Office,
): Promise<{ readonly stolen: number; readonly misdated: number }> {
  return withTenant(database, organizationId, async (tx) => {
    const { rows } = await sql<{ stolen: number; misdated: number }>`
      with times (at) as (
        select unnest(array[created_at, started_at, finished_at]) from agent_runs
        union all select unnest(array[started_at, finished_at]) from run_steps
        union all select created_at from run_events
        union all select unnest(array[created_at, started_at, finished_at]) from tool_executions
        union all select unnest(array[created_at, decided_at]) from approvals
        union all select created_at from agent_jobs
      )
      select (select coalesce(sum(greatest(fence - 1, 0)), 0)::integer from agent_runs) as stolen,
        (
          select count(*)::integer from times, (select min(created_at) as least from agent_runs) as first
          where at not between first.least - interval '1 minute' and clock_timestamp() + interval '1 second'
        ) as misdated
    `.execute(tx)
    return rows[0] ?? { stolen: 0, misdated: 0 }
  })
}
