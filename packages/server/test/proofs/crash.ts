import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { createLogger } from '../../src/base/log.ts'
import { type Database, migrate, openDatabase } from '../../src/db/index.ts'
import { withScratchDatabase } from '../scratch-database.ts'
import { Crew } from './crash/crew.ts'
import { type Office, openOffice, type UnknownCall } from './crash/office.ts'
import { type Recorder, startRecorder } from './crash/start-recorder.ts'
import { tally } from './crash/tally.ts'
import { usualLeaseMs } from './crash/timing-for.ts'
import type { ProofAnswer, ProofOptions } from './proof.ts'
import { createRandom, type Random } from './random.ts'
import { sabotagesOf } from './sabotages.ts'

/** What the proof of crashes found; `repeated`, `missing` and `stepsRunAgain` must be 0. */
export interface CrashAnswer extends ProofAnswer {
  readonly kills: number
  readonly stops: number
  readonly runs: number
  /** Runs that were in hand when a worker was killed or stopped, counted each time. */
  readonly interrupted: number
  readonly effects: number
  readonly repeated: number
  /** Done by the ledger and never by the recorder, or nowhere at all. */
  readonly missing: number
  /** By the ledger, and nothing arrived. */
  readonly failed: number
  /** Listed for a person to settle: only of the classes `once` and `lookup`. */
  readonly unknown: number
  /** Runs that took several workers down in a row, which a person resumed. */
  readonly parked: number
  readonly stepsRunAgain: number
  readonly leaseMs: number
  /** From a kill or stop to the beginning of the next attempt, of what needed no person. */
  readonly recoveryP95Ms: number
}

const sabotages = {
  /** The ledger takes what must be done once for what may be done again. */
  'wrong class': `
    create function sabotage_class() returns trigger language plpgsql as $$
      begin if new.effect = 'once' then new.effect := 'idempotent'; end if; return new; end $$;
    create trigger sabotage_class before insert on tool_executions for each row execute function sabotage_class()`,
  /** The journal loses what was finished. */
  'lost step': `
    create function sabotage_step() returns trigger language plpgsql security definer as $$
      begin delete from run_steps where run_id = new.run_id and key = new.key; return null; end $$;
    create trigger sabotage_step after insert on run_steps for each row
      when (new.key like 'after%') execute function sabotage_step()`,
  /** One webhook in four is answered and not carried out. */
  'deaf recorder': '',
} as const
type Sabotage = keyof typeof sabotages
const sabotageNames = Object.keys(sabotages) as readonly Sabotage[]

const forms = {
  short: { kills: 6, stops: 2, workers: 4, mostStopped: 1, leaseMs: 5_000, inFlight: 14, gapMs: 1_200 },
  long: { kills: 200, stops: 100, workers: 7, mostStopped: 3, leaseMs: usualLeaseMs, inFlight: 18, gapMs: 2_400 },
} as const
type Form = (typeof forms)['short' | 'long']

/** Effects under kills and stops: see docs/proofs.md. Each `--sabotage NAME` must be found; there may be several. */
export async function proveCrash(options: ProofOptions): Promise<CrashAnswer> {
  const chosen = sabotagesOf(options.flags, sabotageNames)
  return withScratchDatabase(options.databaseUrl, async (databaseUrl) => {
    const database = await openDatabase({ databaseUrl, dataDir: undefined, logger: createLogger({ level: 'fatal' }) })
    try {
      await migrate(database)
      await prepare(databaseUrl, chosen)
      return await prove(database, databaseUrl, { ...options, isDeaf: chosen.includes('deaf recorder') })
    } finally {
      await database.close()
    }
  })
}

async function prepare(databaseUrl: string, chosen: readonly Sabotage[]): Promise<void> {
  const owner = new pg.Client({ connectionString: databaseUrl })
  await owner.connect()
  await owner.query(`
    create table proof_effects (run_id uuid not null);
    grant insert, select on proof_effects to neonhub_app`)
  for (const name of chosen) await owner.query(sabotages[name])
  await owner.end()
}

async function prove(
  database: Database,
  databaseUrl: string,
  { isShort, isDeaf, seed, say }: ProofOptions & { readonly isDeaf: boolean },
): Promise<CrashAnswer> {
  const form = isShort ? forms.short : forms.long
  const random = createRandom(seed)
  const crews: Crew[] = []
  const recorder = await startRecorder({ isDeaf, onTold: (told) => crews[0]?.hear(told) })
  const office = await openOffice(database, recorder)
  const crew = new Crew({
    parameters: [databaseUrl, office.masterKey, String(form.leaseMs), recorder.url],
    random,
    isRunning: office.isRunning,
  })
  crews.push(crew)
  try {
    await Promise.all(Array.from({ length: form.workers }, () => crew.hire()))
    await storm({ crew, office, random, form })
    say(`${crew.kills} workers killed and ${crew.stops} stopped, ${crew.interruptions.length} runs in their hands`)
    const { unknown, parked, findings } = await settleAll(office, { recorder, crew, form })
    await crew.end()
    await recorder.stop()
    const settled = new Set(unknown.map(({ runId, kind }) => `${runId} ${kind}`))
    const { findings: counted, ...figures } = await tally(database, office.organizationId, {
      runIds: office.runIds,
      recorder,
      settled,
    })
    for (const { runId, kind, id } of unknown) say(`unknown: ${runId} ${kind}, settled as ${id}`)
    const recovered = crew.interruptions
      .flatMap(({ runId, at, recoveredAt, isParked }) =>
        recoveredAt === undefined || isParked ? [] : [{ runId, ms: Math.round(recoveredAt - at) }],
      )
      .toSorted((a, b) => a.ms - b.ms)
    const recoveryP95Ms = recovered[Math.ceil(recovered.length * 0.95) - 1]?.ms ?? 0
    const slowest = recovered.slice(-5).map(({ runId, ms }) => `${runId} ${ms}`)
    say(
      `${recovered.length} taken on again, half within ${recovered[recovered.length >> 1]?.ms ?? 0} ms; the slowest: ${slowest.join(', ')}`,
    )
    const all = [
      ...findings,
      ...counted,
      ...unknown
        .filter(({ kind }) => kind !== 'once' && kind !== 'lookup')
        .map(({ id, kind }) => `${kind} ${id} is unknown`),
      // The short form has too few for a percentile, and a transaction's own lease does not shrink with the runs'.
      ...(!isShort && recoveryP95Ms >= 2 * form.leaseMs
        ? [`runs were taken on again only after ${recoveryP95Ms} ms`]
        : []),
      ...(crew.interruptions.length < form.kills / 2
        ? ['vacuous: hardly any run was in hand when its worker ended']
        : []),
    ]
    for (const finding of all.slice(0, 30)) say(`found: ${finding}`)
    return {
      proof: 'crash',
      seed,
      kills: crew.kills,
      stops: crew.stops,
      runs: office.runIds.length,
      interrupted: crew.interruptions.length,
      ...figures,
      unknown: unknown.length,
      parked,
      leaseMs: form.leaseMs,
      recoveryP95Ms,
      ok: all.length === 0,
    }
  } finally {
    await crew.end()
    await recorder.stop()
    await office.close()
  }
}

/** Kills and stops workers at random instants while runs are started to keep them busy. */
async function storm({
  crew,
  office,
  random,
  form,
}: {
  readonly crew: Crew
  readonly office: Office
  readonly random: Random
  readonly form: Form
}): Promise<void> {
  const over = new AbortController()
  const feeding = feed(office, { random: createRandom(random.below(2 ** 31)), form, signal: over.signal })
  const left = { kill: form.kills, stop: form.stops }
  try {
    while (left.kill + left.stop > 0) {
      await wait(random.next() * form.gapMs)
      if (random.below(left.kill + left.stop) < left.kill) {
        left.kill -= 1
        await crew.killOne()
      } else {
        left.stop -= 1
        await crew.stopOne(form.leaseMs * (1.1 + 0.4 * random.next()), form.mostStopped)
      }
    }
  } finally {
    over.abort()
    await feeding
  }
  await crew.gather()
}

async function feed(
  office: Office,
  { random, form, signal }: { readonly random: Random; readonly form: Form; readonly signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    const open = await office.findOpen()
    const busy = open.filter(({ status }) => status === 'queued' || status === 'running').length
    for (let missing = form.inFlight - busy; missing > 0; missing -= 1) await office.startRun(random)
    await wait(100)
  }
}

/** Lets every run come to its end, with a person who settles what is unknown by a look at the recorder. */
async function settleAll(
  office: Office,
  { recorder, crew, form }: { readonly recorder: Recorder; readonly crew: Crew; readonly form: Form },
) {
  const unknown: UnknownCall[] = []
  const findings: string[] = []
  let parked = 0
  // A run has at most two calls that can be unknown, and may be parked besides.
  for (let round = 0; round < 8; round += 1) {
    await office.waitForRest(form.leaseMs * 12)
    const open = await office.findOpen()
    if (open.length === 0) break
    const listed = await office.listUnknown()
    for (const call of listed) {
      unknown.push(call)
      const hasArrived = recorder.effects.some(({ mark, effect }) => mark === call.runId && effect === call.kind)
      await office.settle(call.id, hasArrived ? 'succeeded' : 'failed')
    }
    for (const { id, status } of open) {
      if (status !== 'needs_attention') continue
      parked += 1
      crew.park(id)
      await office.resume(id)
    }
  }
  for (const { id, status, error } of await office.findOpen()) {
    findings.push(`the run ${id} came to no end: ${status} ${JSON.stringify(error)}`)
  }
  return { unknown, parked, findings }
}
