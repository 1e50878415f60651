import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { newId } from '../../src/base/ids.ts'
import { createLogger } from '../../src/base/log.ts'
import { type Database, migrate, openDatabase } from '../../src/db/index.ts'
import { backUp, inspectBackup, restoreBackup } from '../../src/ops/index.ts'
import { withScratchDatabase } from '../scratch-database.ts'
import type { ProofAnswer, ProofOptions } from './proof.ts'
import { createRandom } from './random.ts'
import { finishOldRuns } from './upgrade/finish-old-runs.ts'
import { addOldOrganization, fillFirstRelease, migrateToFirstRelease } from './upgrade/first-release.ts'
import { compareRows, readRowsOf } from './upgrade/kept-rows.ts'
import { type Acknowledged, runOldClient } from './upgrade/old-client.ts'
import { sabotagesOf } from './sabotages.ts'

/** What the proof of upgrading found; each figure from `changedTables` on must be 0, and `longestPauseMs` below 5,000. */
export interface UpgradeAnswer extends ProofAnswer {
  /** Kept through the upgrade, and compared value for value. */
  readonly rows: number
  readonly migrations: number
  readonly migrateMs: number
  /** Operations of the first release's client that were answered while it went on. */
  readonly acknowledged: number
  readonly longestPauseMs: number
  /** Runs that the first release had begun, and this version finished. */
  readonly finishedRuns: number
  readonly changedTables: number
  /** Acknowledged writes that are not there afterwards. */
  readonly missing: number
  /** Operations that the first release's client was never answered. */
  readonly refused: number
  readonly stepsRunAgain: number
  readonly unfinishedRuns: number
  /** Tables of a restored backup that are not as in the original. */
  readonly restoredUnlike: number
}

/** Whoever uses the installation waits no longer than this. */
const longestPauseMs = 5_000

/** What has gone on purpose: vectors stand in a table of their own since, as knowledge/upgrade.test.ts shows. */
const movedColumns = ['chunks.embedding', 'chunks.embedding_space_id']

const sabotages = {
  /** A step that was acknowledged is lost. */
  'lost step':
    'delete from run_steps where ctid = any(array(select ctid from run_steps where fence = 1 and attempt = 1 order by started_at desc limit 1))',
  /** A migration rewrites what it should have kept. */
  'changed row': `update llm_calls set request = request || '{"b": 1}' where requested_model = 'm'`,
  /** A migration locks the client out for good. */
  'shut out': 'revoke insert on agent_runs from neonhub_app',
} as const

const sabotageNames = Object.keys(sabotages) as readonly (keyof typeof sabotages)[]

/**
 * From the first release's data to today's, while the first release's client works on: nothing that was acknowledged is
 * lost, nothing is refused, what was begun is finished, and a backup restores to the same. The old client goes on after
 * the migrations, as it would where a release is rolled back. `--sabotage NAME` must be found.
 */
export async function proveUpgrade(options: ProofOptions): Promise<UpgradeAnswer> {
  const sabotage = sabotagesOf(options.flags, sabotageNames)[0]
  return withScratchDatabase(options.databaseUrl, async (databaseUrl) => {
    const logger = createLogger({ level: 'error' })
    const database = await openDatabase({ databaseUrl, dataDir: undefined, logger })
    const owner = new pg.Client({ connectionString: databaseUrl })
    await owner.connect()
    try {
      return await prove(database, { ...options, upgradedUrl: databaseUrl, owner, sabotage })
    } finally {
      await owner.end()
      await database.close()
    }
  })
}

interface ProveOptions extends ProofOptions {
  readonly upgradedUrl: string
  readonly owner: pg.Client
  readonly sabotage: keyof typeof sabotages | undefined
}

async function prove(database: Database, options: ProveOptions): Promise<UpgradeAnswer> {
  const { owner, seed, isShort, say, sabotage } = options
  const migrations = await migrateToFirstRelease(database)
  const kept = await fillFirstRelease(database, {
    owner,
    organizations: isShort ? 10 : 50,
    runs: sabotage ? 500 : isShort ? 5_000 : 200_000,
  })
  const before = await readRowsOf(owner, kept)
  say(
    `first release: ${[...before.values()].reduce((sum, { rows }) => sum + rows.length, 0)} rows in ${before.size} tables`,
  )

  const { acknowledged, migrateMs } = await upgradeUnderLoad(database, options)
  for (const refusal of new Set(acknowledged.refused)) say(`found: refused: ${refusal}`)

  const { findings, goneColumns, rows } = compareRows(before, await readRowsOf(owner, kept))
  const changed = [
    ...findings,
    ...goneColumns.filter((column) => !movedColumns.includes(column)).map((column) => `${column} is gone`),
  ]
  for (const finding of changed) say(`found: ${finding.slice(0, 500)}`)

  const missing = await countMissing(owner, acknowledged)
  for (const [what, count] of Object.entries(missing))
    if (count > 0) say(`found: ${count} acknowledged ${what} are not there`)

  const halfWay = acknowledged.runs.filter(({ isFinished }) => !isFinished)
  const { stepsRunAgain, unfinished } = await finishOldRuns(
    database,
    sabotage === undefined ? halfWay : halfWay.slice(0, 5),
  )
  for (const run of unfinished.slice(0, 5)) say(`found: ${run}`)

  const restoredUnlike = sabotage === undefined ? await restoreElsewhere(database, options) : []
  for (const finding of restoredUnlike) say(`found: restored: ${finding.slice(0, 500)}`)

  const figures = {
    changedTables: changed.length,
    missing: Object.values(missing).reduce((sum, count) => sum + count, 0),
    refused: acknowledged.refused.length,
    stepsRunAgain,
    unfinishedRuns: unfinished.length,
    restoredUnlike: restoredUnlike.length,
  }
  const pauseMs = Math.round(acknowledged.longestMs)
  return {
    proof: 'upgrade',
    seed,
    rows,
    migrations,
    migrateMs,
    acknowledged: acknowledged.count,
    longestPauseMs: pauseMs,
    finishedRuns: halfWay.length - unfinished.length,
    ...figures,
    ok: Object.values(figures).every((figure) => figure === 0) && pauseMs < longestPauseMs && halfWay.length > 0,
  }
}

async function upgradeUnderLoad(
  database: Database,
  { owner, seed, isShort, say, sabotage, upgradedUrl }: ProveOptions,
): Promise<{ readonly acknowledged: Acknowledged; readonly migrateMs: number }> {
  const organizations: [string, ...string[]] = [newId(), newId(), newId(), newId()]
  for (const id of organizations) await addOldOrganization(owner, id)
  const stop = new AbortController()
  const load = runOldClient(upgradedUrl, {
    organizations,
    random: createRandom(seed),
    signal: stop.signal,
    lanes: isShort ? 4 : 8,
  })
  const aWhileMs = sabotage ? 500 : isShort ? 2_000 : 20_000
  try {
    await sleep(aWhileMs)
    const startedAt = performance.now()
    const { applied } = await migrate(database)
    const migrateMs = Math.round(performance.now() - startedAt)
    say(`${applied.length} migrations in ${migrateMs} ms, with the first release's client at work`)
    if (sabotage) await owner.query(sabotages[sabotage])
    await sleep(aWhileMs)
    stop.abort()
    return { acknowledged: await load, migrateMs }
  } finally {
    stop.abort()
    await load
  }
}

/** How many of the acknowledged writes are not there, by what they are. */
async function countMissing(owner: pg.Client, { runs, steps, brands }: Acknowledged): Promise<Record<string, number>> {
  const count = async (statement: string, values: readonly unknown[]) => {
    const { rows } = await owner.query<{ count: string }>(statement, [...values])
    return Number(rows[0]?.count)
  }
  const ofRuns = runs.map(({ runId }) => runId)
  return {
    runs: await count(
      `select count(*) from unnest($1::uuid[], $2::boolean[]) as w (id, is_finished) where not exists (
         select from agent_runs r where r.id = w.id and (r.status = 'succeeded') = w.is_finished)`,
      [ofRuns, runs.map(({ isFinished }) => isFinished)],
    ),
    events: await count(
      'select count(*) from unnest($1::uuid[]) as w (id) where not exists (select from run_events e where e.run_id = w.id)',
      [ofRuns],
    ),
    jobs: await count(
      'select count(*) from unnest($1::uuid[]) as w (id) where not exists (select from agent_jobs j where j.run_id = w.id)',
      [ofRuns],
    ),
    steps: await count(
      `select count(*) from unnest($1::uuid[], $2::text[]) as w (id, key) where not exists (
         select from run_steps s where s.run_id = w.id and s.key = w.key and s.output = to_jsonb(w.key))`,
      [steps.map(({ runId }) => runId), steps.map(({ key }) => key)],
    ),
    brands: await count(
      'select count(*) from unnest($1::uuid[]) as w (id) where not exists (select from brands b where b.id = w.id)',
      [brands.map(({ brandId }) => brandId)],
    ),
  }
}

/** Backs the upgraded database up, restores it into an empty one, and compares both, value for value. */
async function restoreElsewhere(
  database: Database,
  { owner, databaseUrl, say }: ProveOptions,
): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'neonhub-upgrade-'))
  const onProgress = () => {}
  try {
    const path = join(folder, 'backup')
    const { bytes } = await backUp(database, { path, organization: undefined, replaces: false, onProgress })
    return await withScratchDatabase(databaseUrl, async (url) => {
      const restored = await openDatabase({
        databaseUrl: url,
        dataDir: undefined,
        logger: createLogger({ level: 'error' }),
      })
      const reader = new pg.Client({ connectionString: url })
      await reader.connect()
      try {
        await migrate(restored)
        const header = await inspectBackup(path, onProgress)
        await restoreBackup(restored, { path, header, masterKey: undefined, onProgress })
        const { rows: all } = await owner.query<{ id: string }>('select id from organizations')
        const ids = all.map(({ id }) => id)
        const { findings, rows } = compareRows(await readRowsOf(owner, ids), await readRowsOf(reader, ids))
        say(`restored a backup of ${bytes} bytes: ${rows} rows`)
        return findings
      } finally {
        await reader.end()
        await restored.close()
      }
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
