import { setTimeout as sleep } from 'node:timers/promises'
import { createLogger } from '../../src/base/log.ts'
import { type Database, isOutage, migrate, openDatabase, sql } from '../../src/db/index.ts'
import { addOrganization } from '../database.ts'
import { withScratchDatabase } from '../scratch-database.ts'
import { askForRuns } from './courier/ask-for-runs.ts'
import { countFindings, countOpen, judgeRuns, type RunCounts } from './courier/judge-runs.ts'
import { openService } from './courier/open-service.ts'
import type { ProofAnswer, ProofOptions } from './proof.ts'
import { createRandom, type Random } from './random.ts'
import { sabotagesOf } from './sabotages.ts'
import { crashPostgres } from './store/crash-postgres.ts'
import { type OwnRedis, startRedis } from './store/start-redis.ts'
import { startRecorder } from './webhooks/start-recorder.ts'

/** What the proof of stores that go down found; each of `Findings` must be 0. */
export interface StoreAnswer extends ProofAnswer, RunCounts {
  readonly runs: number
  /** How often each went down at once. */
  readonly crashes: Readonly<Record<Store, number>>
  /** Requests to the API that failed and were sent again with their key. */
  readonly requestsRepeated: number
  /** The longest from a store's answering again to the next effect that a provider saw, in milliseconds. */
  readonly slowestHealMs: number
}

const stores = ['postgres', 'redis'] as const
type Store = (typeof stores)[number]

/** `lazy commit`: PostgreSQL acknowledges what it has not written yet. */
const sabotageNames = ['lazy commit'] as const
const runsPerCrash = 24
/** So much is done before the next crash, and as much is left after the last. */
const effectsPerCrash = 36
/** A queue's entry that was taken by a connection that was cut comes back after up to three quarters of a minute. */
const patienceMs = 120_000

/**
 * PostgreSQL and Redis go down at once under load, again and again, with the queue in the one and in the other: what was
 * acknowledged is there, nothing is repeated, and the service goes on by itself. All databases of the server go down
 * with it. `--sabotage NAME` must be found.
 */
export async function proveStore(options: ProofOptions): Promise<StoreAnswer> {
  const { isShort, seed, say, databaseUrl } = options
  const isLazy = sabotagesOf(options.flags, sabotageNames).length > 0
  const random = createRandom(seed)
  const times = (count: number, store: Store) => Array.from({ length: count }, () => store)
  const inPostgres = times(isShort ? 3 : 10, 'postgres')
  const inBoth = shuffle([...times(isShort ? 2 : 10, 'postgres'), ...times(isShort ? 3 : 20, 'redis')], random)
  const parts = { say, random, databaseUrl, isLazy }
  const first = await prove({ ...parts, name: 'the queue in PostgreSQL', redis: undefined, crashes: inPostgres })
  const redis = await startRedis()
  const second = await prove({ ...parts, name: 'the queue on Redis', redis, crashes: inBoth }).finally(redis.stop)
  const sum = (name: keyof RunCounts | 'requestsRepeated' | 'runs') => first[name] + second[name]
  const crashes = [...inPostgres, ...inBoth]
  const count = (store: Store) => crashes.filter((one) => one === store).length
  return {
    proof: 'store',
    seed,
    runs: sum('runs'),
    crashes: { postgres: count('postgres'), redis: count('redis') },
    requestsRepeated: sum('requestsRepeated'),
    slowestHealMs: Math.max(first.slowestHealMs, second.slowestHealMs),
    unknown: sum('unknown'),
    failed: sum('failed'),
    repeated: sum('repeated'),
    missing: sum('missing'),
    unknownUnlisted: sum('unknownUnlisted'),
    stepsRunAgain: sum('stepsRunAgain'),
    secondRows: sum('secondRows'),
    lost: sum('lost'),
    ok: first.ok && second.ok,
  }
}

type Part = Omit<StoreAnswer, 'proof' | 'seed' | 'crashes'>

async function prove({
  name,
  say,
  random,
  databaseUrl: serverUrl,
  isLazy,
  redis,
  crashes,
}: Pick<ProofOptions, 'say' | 'databaseUrl'> & {
  readonly name: string
  readonly random: Random
  readonly isLazy: boolean
  readonly redis: OwnRedis | undefined
  readonly crashes: readonly Store[]
}): Promise<Part> {
  return withScratchDatabase(serverUrl, async (databaseUrl) => {
    const direct = await openDatabase({ databaseUrl, dataDir: undefined, logger: createLogger({ level: 'silent' }) })
    const recorder = await startRecorder(new URL('./courier/provider-child.ts', import.meta.url))
    try {
      await migrate(direct)
      if (isLazy) await commitLazily(direct, databaseUrl)
      const redisUrl = redis && { redisUrl: redis.url }
      const service = await openService(databaseUrl, { providerUrl: recorder.url, workers: 2, ...redisUrl })
      try {
        const organizationId = await addOrganization(direct)
        await service.connect(direct, organizationId)
        const { effects } = recorder
        const runs = (crashes.length + 1) * runsPerCrash
        const load = askForRuns(service, organizationId, { runs })
        const heals: number[] = []
        for (const store of crashes) {
          // Each comes in the middle of other work, some time after the one before.
          if (!(await seesEffects(effects, effectsPerCrash))) break
          await sleep(random.below(100))
          await (store === 'redis' ? redis?.crash() : crashPostgres(databaseUrl))
          const begun = performance.now()
          if (!(await seesEffects(effects, 1))) break
          heals.push(performance.now() - begun)
        }
        const { acknowledged, requestsRepeated } = await load
        await rest(async () => (await countOpen(direct, organizationId)) === 0)
        const { findings, ...counts } = await judgeRuns(direct, organizationId, { acknowledged, effects })
        const found = countFindings(findings, say)
        const isVacuous = heals.length < crashes.length || requestsRepeated === 0
        if (isVacuous)
          say('found: vacuous: nothing was done any more before or after a crash, or no request was repeated')
        const slowestHealMs = Math.round(Math.max(0, ...heals))
        say(`${name}: ${heals.length} crashes under ${runs} runs, at work again within ${slowestHealMs} ms`)
        const ok = !isVacuous && Object.values(found).every((one) => one === 0)
        return { runs, requestsRepeated, slowestHealMs, ...counts, ...found, ok }
      } finally {
        await service.close()
      }
    } finally {
      await direct.close()
      await recorder.stop()
    }
  })
}

/** Waits until so many more have come; false where they did not. */
async function seesEffects(effects: readonly unknown[], more: number): Promise<boolean> {
  const wanted = effects.length + more
  const begun = performance.now()
  while (effects.length < wanted && performance.now() - begun < patienceMs) await sleep(5)
  return effects.length >= wanted
}

async function rest(isOver: () => Promise<boolean>): Promise<void> {
  const begun = performance.now()
  while (performance.now() - begun < patienceMs) {
    try {
      if (await isOver()) return
    } catch (error) {
      if (!isOutage(error)) throw error
    }
    await sleep(100)
  }
}

async function commitLazily(database: Database, databaseUrl: string): Promise<void> {
  const name = new URL(databaseUrl).pathname.slice(1)
  await sql.raw(`alter database ${name} set synchronous_commit = off`).execute(database.kysely)
}

function shuffle<Item>(items: readonly Item[], random: Random): readonly Item[] {
  const left = [...items]
  return items.flatMap(() => left.splice(random.below(left.length), 1))
}
