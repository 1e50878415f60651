import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { OrganizationId } from '../../src/base/ids.ts'
import { createLogger } from '../../src/base/log.ts'
import { type Database, migrate, openDatabase, sql, withTenant } from '../../src/db/index.ts'
import { addOrganization } from '../database.ts'
import { withScratchDatabase } from '../scratch-database.ts'
import { effects as classes } from './cut/courier.ts'
import { type CutKind, cutKinds, startCuttingProxy } from './cut/cutting-proxy.ts'
import { openService } from './cut/open-service.ts'
import type { ProofAnswer, ProofOptions } from './proof.ts'
import { createRandom } from './random.ts'
import { startRecorder } from './webhooks/start-recorder.ts'
import { sabotagesOf } from './sabotages.ts'

/** What the proof of cut connections found; each figure from `repeated` on must be 0. */
export interface CutAnswer extends ProofAnswer {
  readonly runs: number
  /** Connections that were cut, by where. */
  readonly cuts: Readonly<Record<CutKind, number>>
  /** Requests to the API that failed and were sent again with their key. */
  readonly requestsRepeated: number
  /** Calls whose outcome a person settles, as only a `lookup` may leave one whose earlier sender may still be sending. */
  readonly unknown: number
  /** Calls whose run was told that they failed, as one whose time ran out: nothing silent. */
  readonly failed: number
  readonly repeated: number
  /** Effects of runs that say they succeeded, and that nobody saw. */
  readonly missing: number
  readonly unknownUnlisted: number
  readonly stepsRunAgain: number
  readonly secondRows: number
  /** Acknowledged and not there, or not at rest in the end. */
  readonly lost: number
}

/** What a trigger does to a table's new rows. */
const sabotages = {
  /** What a key stood for is forgotten as soon as it is written. */
  'forgotten key': { table: 'run_idempotency_keys', body: 'new.key := gen_random_uuid()::text' },
  /** What the journal keeps of a step is of another running of it. */
  'forgotten step': { table: 'run_steps', body: `new.output := '{"word":"another"}'` },
  /** One in five runs is over before it began. */
  'lost run': { table: 'agent_runs', body: `if hashtext(new.id::text) % 5 = 0 then new.status := 'cancelled'; end if` },
} as const
const sabotageNames = Object.keys(sabotages) as readonly (keyof typeof sabotages)[]
const lanes = 12
/** A queue's entry that was taken by a connection that was cut comes back after up to three quarters of a minute. */
const patienceMs = 60_000

const Told = z.object({ kind: z.string(), mark: z.string(), key: z.string().optional(), word: z.string().optional() })
const Started = z.object({ id: z.string() })

/**
 * The connections between the API, its workers and PostgreSQL are cut at bytes of requests, of responses and of commits:
 * nothing is repeated, nothing is lost, and requests that are sent again with their key make nothing twice.
 * `--sabotage NAME` must be found.
 */
export async function proveCut(options: ProofOptions): Promise<CutAnswer> {
  const sabotage = sabotagesOf(options.flags, sabotageNames)[0]
  return withScratchDatabase(options.databaseUrl, async (databaseUrl) => {
    const direct = await openDatabase({ databaseUrl, dataDir: undefined, logger: createLogger({ level: 'error' }) })
    const recorder = await startRecorder(new URL('./cut/provider-child.ts', import.meta.url))
    const random = createRandom(options.seed)
    const proxy = await startCuttingProxy(new URL(databaseUrl), {
      random,
      // An entry that was taken and whose answer was lost comes back late: the short form has not the time.
      spares: options.isShort ? 'neonhub-queue' : undefined,
    })
    try {
      await migrate(direct)
      if (sabotage) await breakIt(direct, sabotages[sabotage])
      const through = new URL(databaseUrl)
      through.port = String(proxy.port)
      const service = await openService(through.toString(), { providerUrl: recorder.url, workers: 2 })
      try {
        return await prove({ ...options, direct, proxy, service, effects: recorder.effects })
      } finally {
        proxy.disarm()
        await service.close()
      }
    } finally {
      await direct.close()
      await proxy.close()
      await recorder.stop()
    }
  })
}

async function prove({
  isShort,
  seed,
  say,
  direct,
  proxy,
  service,
  effects,
}: ProofOptions & {
  readonly direct: Database
  readonly proxy: Awaited<ReturnType<typeof startCuttingProxy>>
  readonly service: Awaited<ReturnType<typeof openService>>
  readonly effects: readonly unknown[]
}): Promise<CutAnswer> {
  const organizationId = await addOrganization(direct)
  await service.connect(direct, organizationId)
  const runs = isShort ? 40 : 400
  const acknowledged = new Map<string, string>()
  let requestsRepeated = 0
  // Twice as many as there are runs: each is cut more than once on its way.
  proxy.arm(runs * 2)
  const asked = Array.from({ length: runs }, (_, index) => ({
    mark: `mark-${index}`,
    effect: classes[index % classes.length],
  }))
  const next = asked.values()
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      for (const { mark, effect } of next) {
        for (;;) {
          const body = { agent: 'Courier', intent: 'carry', input: { mark, effect }, approveAll: true }
          const response = await service.post(organizationId, '/v1/runs', { key: mark, body })
          if (response.ok) {
            acknowledged.set(mark, Started.parse(await response.json()).id)
            break
          }
          if (response.status < 500) throw new Error(`${response.status} ${await response.text()}`)
          requestsRepeated += 1
          await sleep(20)
        }
      }
    }),
  )
  const isOver = async () => (await countOpen(direct, organizationId)) === 0
  const begun = performance.now()
  while (!(await isOver()) && performance.now() - begun < patienceMs) await sleep(100)
  proxy.disarm()
  while (!(await isOver()) && performance.now() - begun < 2 * patienceMs) await sleep(100)
  const told = effects.map((effect) => Told.parse(effect))
  const found = await readRuns(direct, organizationId)
  const deliveries = Map.groupBy(
    told.filter(({ kind }) => kind !== 'step'),
    ({ mark }) => mark,
  )
  const lastWords = new Map(told.map(({ mark, key, word }) => [`${mark} ${key}`, word]))
  const sent = (mark: string) => deliveries.get(mark)?.length ?? 0
  const known = new Set(found.map(({ id }) => id))
  const marks = new Set(found.map(({ mark }) => mark))
  const rested = (run: FoundRun) =>
    run.call === 'unknown' || (run.status === 'succeeded' && (run.call === 'succeeded' || run.call === 'failed'))
  const findings = {
    repeated: found.filter(({ mark }) => sent(mark) > 1).map(({ mark }) => mark),
    missing: found.filter((run) => run.call === 'succeeded' && sent(run.mark) === 0).map(({ mark }) => mark),
    unknownUnlisted: found.filter((run) => run.call === 'unknown' && run.effect !== 'lookup').map(({ mark }) => mark),
    stepsRunAgain: found.flatMap(({ mark, words }) =>
      Object.entries(words).flatMap(([key, word]) =>
        lastWords.get(`${mark} ${key}`) === word ? [] : [`${mark} ${key}`],
      ),
    ),
    secondRows: Array.from({ length: found.length - marks.size }, () => 'a second run of one key'),
    lost: [
      ...[...acknowledged].flatMap(([mark, id]) => (known.has(id) ? [] : [mark])),
      ...found
        .filter((run) => !rested(run))
        .map((run) => `${run.mark} is ${run.status}, its call ${run.call}: ${run.error ?? ''}`),
    ],
  }
  for (const [name, list] of Object.entries(findings)) {
    for (const finding of list.slice(0, 5)) say(`found: ${name}: ${finding}`)
  }
  const total = cutKinds.reduce((sum, kind) => sum + proxy.cuts[kind], 0)
  const isVacuous = cutKinds.some((kind) => proxy.cuts[kind] === 0) || requestsRepeated === 0
  if (isVacuous) say('found: vacuous: a kind of cut did not come about, or no request was repeated')
  say(`${total} connections cut under ${runs} runs`)
  const count = (name: keyof typeof findings) => findings[name].length
  return {
    proof: 'cut',
    seed,
    runs,
    cuts: proxy.cuts,
    requestsRepeated,
    unknown: found.filter(({ call }) => call === 'unknown').length,
    failed: found.filter(({ call }) => call === 'failed').length,
    repeated: count('repeated'),
    missing: count('missing'),
    unknownUnlisted: count('unknownUnlisted'),
    stepsRunAgain: count('stepsRunAgain'),
    secondRows: count('secondRows'),
    lost: count('lost'),
    ok: !isVacuous && Object.values(findings).every((list) => list.length === 0),
  }
}

async function countOpen(database: Database, organizationId: OrganizationId): Promise<number> {
  const { rows } = await withTenant(database, organizationId, (tx) =>
    sql<{ open: number }>`
      select count(*)::int as open from agent_runs where status in ('queued', 'running')
    `.execute(tx),
  )
  return rows[0]?.open ?? 0
}

interface FoundRun {
  readonly id: string
  readonly mark: string
  readonly effect: string
  readonly status: string
  readonly error: string | null
  readonly call: string | null
  /** What the journal keeps of each finished step. */
  readonly words: Readonly<Record<string, string>>
}

async function readRuns(database: Database, organizationId: OrganizationId): Promise<readonly FoundRun[]> {
  const { rows } = await withTenant(database, organizationId, (tx) =>
    sql<FoundRun>`
      select r.id, r.input->>'mark' as mark, r.input->>'effect' as effect, r.status, r.error::text as error,
        t.status as call,
        coalesce((
          select jsonb_object_agg(s.key, s.output->>'word') from run_steps s
          where s.organization_id = r.organization_id and s.run_id = r.id and s.output ? 'word'
        ), '{}') as words
      from agent_runs r
      left join tool_executions t on t.organization_id = r.organization_id and t.run_id = r.id
    `.execute(tx),
  )
  return rows
}

async function breakIt(
  database: Database,
  { table, body }: { readonly table: string; readonly body: string },
): Promise<void> {
  await sql
    .raw(`
      create function sabotage() returns trigger language plpgsql as $$ begin ${body}; return new; end $$;
      create trigger sabotage before insert on ${table} for each row execute function sabotage()
    `)
    .execute(database.kysely)
}
