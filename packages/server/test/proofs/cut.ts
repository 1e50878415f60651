import { setTimeout as sleep } from 'node:timers/promises'
import { createLogger } from '../../src/base/log.ts'
import { type Database, migrate, openDatabase } from '../../src/db/index.ts'
import { addOrganization } from '../database.ts'
import { withScratchDatabase } from '../scratch-database.ts'
import { askForRuns } from './courier/ask-for-runs.ts'
import { breakTable } from './courier/break-table.ts'
import { countFindings, countOpen, judgeRuns, type RunCounts } from './courier/judge-runs.ts'
import { openService } from './courier/open-service.ts'
import { type CutKind, cutKinds, startCuttingProxy } from './cut/cutting-proxy.ts'
import type { ProofAnswer, ProofOptions } from './proof.ts'
import { createRandom } from './random.ts'
import { sabotagesOf } from './sabotages.ts'
import { startRecorder } from './webhooks/start-recorder.ts'

/** What the proof of cut connections found; each of `Findings` must be 0. */
export interface CutAnswer extends ProofAnswer, RunCounts {
  readonly runs: number
  /** Connections that were cut, by where. */
  readonly cuts: Readonly<Record<CutKind, number>>
  /** Requests to the API that failed and were sent again with their key. */
  readonly requestsRepeated: number
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
/** A queue's entry that was taken by a connection that was cut comes back after up to three quarters of a minute. */
const patienceMs = 60_000

/**
 * The connections between the API, its workers and PostgreSQL are cut at bytes of requests, of responses and of commits:
 * nothing is repeated, nothing is lost, and requests that are sent again with their key make nothing twice.
 * `--sabotage NAME` must be found.
 */
export async function proveCut(options: ProofOptions): Promise<CutAnswer> {
  const sabotage = sabotagesOf(options.flags, sabotageNames)[0]
  return withScratchDatabase(options.databaseUrl, async (databaseUrl) => {
    const direct = await openDatabase({ databaseUrl, dataDir: undefined, logger: createLogger({ level: 'error' }) })
    const recorder = await startRecorder(new URL('./courier/provider-child.ts', import.meta.url))
    const random = createRandom(options.seed)
    const proxy = await startCuttingProxy(new URL(databaseUrl), {
      random,
      // An entry that was taken and whose answer was lost comes back late: the short form has not the time.
      spares: options.isShort ? 'neonhub-queue' : undefined,
    })
    try {
      await migrate(direct)
      if (sabotage) await breakTable(direct, sabotages[sabotage])
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
  // Twice as many as there are runs: each is cut more than once on its way.
  proxy.arm(runs * 2)
  const { acknowledged, requestsRepeated } = await askForRuns(service, organizationId, { runs })
  const isOver = async () => (await countOpen(direct, organizationId)) === 0
  const begun = performance.now()
  while (!(await isOver()) && performance.now() - begun < patienceMs) await sleep(100)
  proxy.disarm()
  while (!(await isOver()) && performance.now() - begun < 2 * patienceMs) await sleep(100)
  const { findings, unknown, failed } = await judgeRuns(direct, organizationId, { acknowledged, effects })
  const counts = countFindings(findings, say)
  const total = cutKinds.reduce((sum, kind) => sum + proxy.cuts[kind], 0)
  const isVacuous = cutKinds.some((kind) => proxy.cuts[kind] === 0) || requestsRepeated === 0
  if (isVacuous) say('found: vacuous: a kind of cut did not come about, or no request was repeated')
  say(`${total} connections cut under ${runs} runs`)
  return {
    proof: 'cut',
    seed,
    runs,
    cuts: proxy.cuts,
    requestsRepeated,
    unknown,
    failed,
    ...counts,
    ok: !isVacuous && Object.values(counts).every((found) => found === 0),
  }
}
