import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execPath } from 'node:process'
import { setImmediate } from 'node:timers/promises'
import { createInterface } from 'node:readline/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import {
  addOrganization,
  createServerDatabase,
  databaseKinds,
  dropServerDatabase,
  isMissing,
  openTestDatabase,
} from '../../../test/database.ts'
import { hashedEmbeddings, offering } from '../../../test/hashed-embeddings.ts'
import { systemClock } from '../../base/clock.ts'
import type { BrandId, OrganizationId } from '../../base/ids.ts'
import { createLogger } from '../../base/log.ts'
import { type Database, migrate, openDatabase, sql, withTenant } from '../../db/index.ts'
import type { EmbeddingModel } from '../../llm/index.ts'
import { dueReembeddings, planReembeddings, settleVectorIndex, takeUpDue } from '../../ops/index.ts'
import { createStandaloneJournal } from '../../runtime/index.ts'
import { findSearchSpace, importBrand, listBrandEmbeddings, reembedBrand, sendBrand, wakeBrand } from '../index.ts'
import { loadChunks } from '../sql/load-chunks.ts'
import { nearestChunks } from '../sql/nearest-chunks.ts'

const logger = createLogger({ level: 'silent' })
const queue = { dispatch: async () => {} }
const old = hashedEmbeddings({ model: 'old', dimensions: 384 })
const fresh = hashedEmbeddings({ model: 'fresh', dimensions: 768 })
const never = new AbortController().signal

/** A brand of `count` documents, each of which one word tells from all others. */
async function writeBrand(folder: string, count: number, word: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  for (let number = 0; number < count; number += 1) {
    await writeFile(join(folder, `${number}.md`), `# Item ${number}\n\nThe ${word}${number} is kept on the shelf.\n`)
  }
  return folder
}

for (const kind of databaseKinds) {
  describe.skipIf(isMissing(kind))(`a brand's way to another embedding model on the ${kind} database`, () => {
    let database: Database
    let workshop: string

    beforeAll(async () => {
      database = await openTestDatabase(kind)
      workshop = await mkdtemp(join(tmpdir(), 'neonhub-reembed-'))
    })
    afterAll(async () => {
      await database.close()
      await rm(workshop, { recursive: true })
    })

    const partsOf = (models: Parameters<typeof offering>, place = database) => ({
      database: place,
      queue,
      llm: offering(...models),
      clock: systemClock,
      logger,
      fetch: () => Promise.reject(new TypeError('No network in this test')),
      journal: (organizationId: OrganizationId) => createStandaloneJournal({ database: place, organizationId }),
    })
    const addBrand = async (
      organizationId: OrganizationId,
      { model = old, source, place = database }: { model?: EmbeddingModel; source: string; place?: Database },
    ) => (await importBrand(partsOf([model], place), organizationId, { source }, () => {})).brand.id
    /** What an agent does: the space first, then the question's vector in it, then the search. By meaning alone. */
    const search = async (organizationId: OrganizationId, brandId: BrandId, query: string) => {
      const space = await withTenant(database, organizationId, (tx) => findSearchSpace(tx, brandId))
      if (!space) return []
      const model = [old, fresh].find((candidate) => candidate.model === space.model) ?? old
      const [vector = []] = await model.embed([query])
      return withTenant(database, organizationId, async (tx) => {
        const ids = await nearestChunks(tx, { brandId, space, vector, limit: 1 })
        return (await loadChunks(tx, ids)).map(({ text }) => text)
      })
    }
    const embeddingsOf = async (organizationId: OrganizationId, brandId: BrandId, place = database) =>
      (await withTenant(place, organizationId, listBrandEmbeddings)).find(({ id }) => id === brandId)
    const jobOf = async (organizationId: OrganizationId, brandId: BrandId) => ({ organizationId, payload: { brandId } })
    const carryOn = async (organizationId: OrganizationId, brandId: BrandId, models: Parameters<typeof offering>) =>
      reembedBrand(partsOf(models), await jobOf(organizationId, brandId), never)
    const vectorsByModel = (organizationId: OrganizationId, brandId: BrandId, place = database) =>
      withTenant(place, organizationId, async (tx) => {
        const { rows } = await sql<{ model: string; vectors: number }>`
          select s.model, count(*) as vectors from chunk_embeddings e
          join embedding_spaces s on s.organization_id = e.organization_id and s.id = e.embedding_space_id
          where e.brand_id = ${brandId} group by s.model order by s.model
        `.execute(tx)
        return Object.fromEntries(rows.map(({ model, vectors }) => [model, vectors]))
      })

    test('spaces of 384 to 1,536 dimensions live together, and no organization sees another’s vectors', async () => {
      const brands: { organizationId: OrganizationId; brandId: BrandId; model: EmbeddingModel }[] = []
      for (const dimensions of [384, 512, 768, 1_024, 1_536]) {
        const organizationId = await addOrganization(database, `D${dimensions}`)
        const model = hashedEmbeddings({ model: 'same-name', dimensions })
        const source = await writeBrand(join(workshop, `d${dimensions}`), 5, 'kettle')
        brands.push({ organizationId, model, brandId: await addBrand(organizationId, { model, source }) })
      }
      const nearest = async (asker: OrganizationId, { brandId, model }: (typeof brands)[number]) => {
        const [vector = []] = await model.embed(['kettle3'])
        const space = { provider: model.provider, model: model.model, dimensions: model.dimensions }
        return withTenant(database, asker, (tx) => nearestChunks(tx, { brandId, space, vector, limit: 1 }))
      }
      const lookAround = async () => {
        for (const brand of brands) {
          const ids = await nearest(brand.organizationId, brand)
          const chunks = await withTenant(database, brand.organizationId, (tx) => loadChunks(tx, ids))
          expect(chunks.map(({ text }) => text)).toEqual(['The kettle3 is kept on the shelf.'])
          for (const other of brands.filter((each) => each !== brand)) {
            expect(await nearest(other.organizationId, brand)).toEqual([])
          }
        }
      }
      await lookAround()
      if (kind === 'embedded') return
      for (const { organizationId, brandId } of brands) {
        const spaceId = (await withTenant(database, organizationId, (tx) => findSearchSpace(tx, brandId)))?.id ?? ''
        const settle = (leastNumbers?: number) =>
          settleVectorIndex(database, organizationId, {
            place: { brandId, spaceId },
            logger,
            ...(leastNumbers === undefined ? {} : { leastNumbers }),
          })
        expect(await settle()).toBe('as it was')
        expect(await Promise.all([settle(1), settle(1)])).toContain('built')
        expect(await settle(1)).toBe('as it was')
      }
      await lookAround()
    })

    test.skipIf(kind === 'embedded')(
      'a large brand is searched in its own index, which is built anew where it was cut short, and goes with the vectors',
      async () => {
        const organizationId = await addOrganization(database, 'Large')
        const brandId = await addBrand(organizationId, {
          source: await writeBrand(join(workshop, 'large'), 30, 'mill'),
        })
        const spaceId = (await withTenant(database, organizationId, (tx) => findSearchSpace(tx, brandId)))?.id ?? ''
        const place = { brandId, spaceId }
        const settle = (leastNumbers: number) =>
          settleVectorIndex(database, organizationId, { place, logger, leastNumbers })
        const { rows } = await sql<{ name: string }>`
          select vector_index_name(${brandId}::uuid, ${spaceId}::uuid) as name
        `.execute(database.kysely)
        const name = rows[0]?.name ?? ''
        const scans = async () => {
          await sql`select pg_stat_force_next_flush()`.execute(database.kysely)
          const { rows: stats } = await sql<{ scans: number }>`
            select coalesce(sum(idx_scan), 0) as scans from pg_stat_user_indexes where indexrelname = ${name}
          `.execute(database.kysely)
          return Number(stats[0]?.scans)
        }
        expect(await settle(1)).toBe('built')
        expect(await search(organizationId, brandId, 'mill17')).toEqual(['The mill17 is kept on the shelf.'])
        await expect.poll(scans).toBeGreaterThan(0)

        await sql`update pg_index set indisvalid = false where indexrelid = to_regclass(${name})`.execute(
          database.kysely,
        )
        expect(await search(organizationId, brandId, 'mill17')).toEqual(['The mill17 is kept on the shelf.'])
        expect(await settle(1)).toBe('built')
        expect(await settle(1_000_000)).toBe('dropped')
        expect(await search(organizationId, brandId, 'mill17')).toEqual(['The mill17 is kept on the shelf.'])
      },
    )

    test('search finds all the while, imports included, and old vectors go once nobody looks at them', async () => {
      const organizationId = await addOrganization(database, 'Gapless')
      const source = await writeBrand(join(workshop, 'gapless'), 150, 'lamp')
      const brandId = await addBrand(organizationId, { source })
      const late = hashedEmbeddings({
        model: 'fresh',
        dimensions: 768,
        onEmbed: async (texts) => {
          // Somebody imports while the last batch is under way.
          if (texts.length >= 64 || progress.length === 0) return
          if (isLate) return
          isLate = true
          await writeFile(join(source, 'late.md'), '# Late\n\nThe lamp999 came late.\n')
          await importBrand(partsOf([fresh, old]), organizationId, { source }, () => {})
        },
      })
      let isLate = false
      const progress: number[] = []
      await sendBrand(partsOf([late, old]), { organizationId, brandId, to: late })
      expect(await embeddingsOf(organizationId, brandId)).toMatchObject({
        passages: 150,
        model: 'hashed:old',
        change: { to: 'hashed:fresh', embedded: 0, status: 'waiting' },
      })
      const over = new AbortController()
      let searches = 0
      const looking = (async () => {
        while (!over.signal.aborted) {
          const number = searches % 150
          expect(await search(organizationId, brandId, `lamp${number}`)).toEqual([
            `The lamp${number} is kept on the shelf.`,
          ])
          progress.push((await embeddingsOf(organizationId, brandId))?.change?.embedded ?? -1)
          searches += 1
          // The embedded database answers before a timer or a file is heard.
          await setImmediate()
        }
      })()
      await carryOn(organizationId, brandId, [late, old]).finally(() => over.abort())
      await looking
      expect(searches).toBeGreaterThan(3)
      expect(progress).toEqual(progress.toSorted((one, other) => one - other))
      expect(isLate).toBe(true)
      expect(await search(organizationId, brandId, 'lamp999')).toEqual(['The lamp999 came late.'])
      // Search has gone over; those who began before still find the old vectors.
      expect(await embeddingsOf(organizationId, brandId)).toMatchObject({
        model: 'hashed:fresh',
        passages: 151,
        change: { status: 'cleaning up' },
      })
      expect(await vectorsByModel(organizationId, brandId)).toEqual({ old: 151, fresh: 151 })
      await carryOn(organizationId, brandId, [fresh])
      expect(await vectorsByModel(organizationId, brandId)).toEqual({ fresh: 151 })
      expect((await embeddingsOf(organizationId, brandId))?.change).toBeUndefined()
      expect(await search(organizationId, brandId, 'lamp77')).toEqual(['The lamp77 is kept on the shelf.'])
    })

    test('an import that was embedding when its brand went over stores nothing in the old space', async () => {
      const organizationId = await addOrganization(database, 'Overtaken')
      const source = await writeBrand(join(workshop, 'overtaken'), 3, 'saw')
      const brandId = await addBrand(organizationId, { source })
      await writeFile(join(source, 'new.md'), '# New\n\nThe saw777 is new.\n')
      let isOvertaken = false
      const overtaken = hashedEmbeddings({
        model: 'old',
        dimensions: 384,
        onEmbed: async () => {
          if (isOvertaken) return
          isOvertaken = true
          await sendBrand(partsOf([fresh, old]), { organizationId, brandId, to: fresh })
          await carryOn(organizationId, brandId, [fresh, old])
        },
      })
      await importBrand(partsOf([overtaken, fresh]), organizationId, { source }, () => {})
      expect(isOvertaken).toBe(true)
      expect(await search(organizationId, brandId, 'saw777')).toEqual(['The saw777 is new.'])
      expect(await vectorsByModel(organizationId, brandId)).toEqual({ old: 3, fresh: 4 })
    })

    test('a model that fails is told, taken on again by itself after a while, and at once when a person asks', async () => {
      const organizationId = await addOrganization(database, 'Failing')
      const brandId = await addBrand(organizationId, { source: await writeBrand(join(workshop, 'fail'), 3, 'pot') })
      const isMine = (other: OrganizationId) => other === organizationId
      const sent: BrandId[] = []
      const start = async (other: OrganizationId, brand: BrandId) => {
        if (!isMine(other)) return
        sent.push(brand)
        await sendBrand(partsOf([fresh]), { organizationId: other, brandId: brand, to: fresh })
      }
      await planReembeddings(database, { to: fresh, start, logger })
      await planReembeddings(database, { to: fresh, start, logger })
      expect(sent).toEqual([brandId])
      const jobs = () =>
        withTenant(database, organizationId, (tx) =>
          tx.selectFrom('agent_jobs').select(['id', 'status']).where('queue', '=', 'intake.embed').execute(),
        )
      expect(await jobs()).toHaveLength(1)
      await expect(carryOn(organizationId, brandId, [old])).rejects.toMatchObject({
        code: 'knowledge.embedding_model_missing',
      })
      await withTenant(database, organizationId, (tx) =>
        sql`update agent_jobs set status = 'failed', check_at = clock_timestamp(),
            error = '{"code": "llm.refused", "message": "The key is wrong", "hint": "Correct it.", "retryable": false}'
          where queue = 'intake.embed'`.execute(tx),
      )
      expect((await embeddingsOf(organizationId, brandId))?.change).toMatchObject({
        status: 'failed',
        error: { code: 'llm.refused', message: 'The key is wrong', hint: 'Correct it.' },
      })
      const woken: BrandId[] = []
      const wake = async (other: OrganizationId, brand: BrandId) => {
        if (!isMine(other)) return
        woken.push(brand)
        await wakeBrand(partsOf([fresh]), { organizationId: other, brandId: brand })
      }
      await takeUpDue(database, { due: [dueReembeddings(wake)], logger })
      expect(woken).toEqual([])
      await withTenant(database, organizationId, (tx) =>
        sql`update agent_jobs set check_at = clock_timestamp() - interval '2 minutes' where queue = 'intake.embed'`.execute(
          tx,
        ),
      )
      await Promise.all([takeUpDue(database, { due: [dueReembeddings(wake)], logger }), start(organizationId, brandId)])
      expect(woken).toEqual([brandId])
      expect((await jobs()).filter(({ status }) => status === 'queued')).toHaveLength(1)
      await carryOn(organizationId, brandId, [fresh])
      expect(await embeddingsOf(organizationId, brandId)).toMatchObject({ model: 'hashed:fresh' })
    })

    test('two workers that carry the same brand on at once do no harm, nor does a payload that names nobody’s', async () => {
      const organizationId = await addOrganization(database, 'Twice')
      const stranger = await addOrganization(database, 'Stranger')
      const brandId = await addBrand(organizationId, { source: await writeBrand(join(workshop, 'twice'), 90, 'jar') })
      await sendBrand(partsOf([fresh]), { organizationId, brandId, to: fresh })
      await sendBrand(partsOf([fresh]), { organizationId: stranger, brandId, to: fresh })
      await carryOn(stranger, brandId, [fresh])
      expect(await vectorsByModel(organizationId, brandId)).toEqual({ old: 90 })
      await Promise.all([1, 2].map(() => carryOn(organizationId, brandId, [fresh])))
      expect(await vectorsByModel(organizationId, brandId)).toEqual({ old: 90, fresh: 90 })
      await Promise.all([1, 2].map(() => carryOn(organizationId, brandId, [fresh])))
      expect(await vectorsByModel(organizationId, brandId)).toEqual({ fresh: 90 })
      expect(await search(organizationId, brandId, 'jar42')).toEqual(['The jar42 is kept on the shelf.'])
    })

    test('a brand that turns round half way is complete in the model it came from', async () => {
      const organizationId = await addOrganization(database, 'Undecided')
      const brandId = await addBrand(organizationId, { source: await writeBrand(join(workshop, 'back'), 70, 'cup') })
      const failing = hashedEmbeddings({
        model: 'fresh',
        dimensions: 768,
        onEmbed: async (texts) => {
          if (texts.length < 64) throw new TypeError('Half way')
        },
      })
      await sendBrand(partsOf([failing]), { organizationId, brandId, to: failing })
      await expect(carryOn(organizationId, brandId, [failing])).rejects.toThrow('Half way')
      expect(await vectorsByModel(organizationId, brandId)).toEqual({ old: 70, fresh: 64 })
      await sendBrand(partsOf([old]), { organizationId, brandId, to: old })
      await carryOn(organizationId, brandId, [old])
      await carryOn(organizationId, brandId, [old])
      expect(await vectorsByModel(organizationId, brandId)).toEqual({ old: 70 })
      expect(await embeddingsOf(organizationId, brandId)).toMatchObject({ model: 'hashed:old' })
      expect((await embeddingsOf(organizationId, brandId))?.change).toBeUndefined()
    })

    test('a worker that is killed with -9 half way loses one batch, and the next one ends the way', async () => {
      const dataDir = kind === 'embedded' ? join(workshop, 'data') : undefined
      const databaseUrl = kind === 'server' ? await createServerDatabase() : undefined
      const open = async () => {
        const opened = await openDatabase({ databaseUrl, dataDir, logger })
        await migrate(opened)
        return opened
      }
      let own = await open()
      const organizationId = await addOrganization(own, 'Killed')
      const source = await writeBrand(join(workshop, 'killed'), 200, 'nail')
      const brandId = await addBrand(organizationId, { source, place: own })
      await sendBrand(partsOf([fresh], own), { organizationId, brandId, to: fresh })
      await own.close()

      const first = startWorker(databaseUrl ?? '', dataDir ?? '', 300)
      await first.saw('embedding 64', 3)
      await first.end('SIGKILL')
      own = await open()
      // What it had sent is still written by its session, which then finds nobody there.
      if (kind === 'server') await untilNobodyWrites(own)
      const { fresh: kept = 0, ...others } = await vectorsByModel(organizationId, brandId, own)
      expect(others).toEqual({ old: 200 })
      // The third call was answered a moment ago, and its vectors may be there or not.
      expect([128, 192]).toContain(kept)
      expect(await embeddingsOf(organizationId, brandId, own)).toMatchObject({
        model: 'hashed:old',
        change: { embedded: kept },
      })
      await own.close()

      const second = startWorker(databaseUrl ?? '', dataDir ?? '', 0)
      await second.saw('done', 1)
      const calls = second.lines
        .filter((line) => line.startsWith('embedding'))
        .map((line) => Number(line.split(' ')[1]))
      expect(calls.reduce((sum, count) => sum + count, 0)).toBe(200 - kept)
      await second.end('SIGTERM')
      own = await open()
      expect(await vectorsByModel(organizationId, brandId, own)).toEqual({ old: 200, fresh: 200 })
      expect(await embeddingsOf(organizationId, brandId, own)).toMatchObject({ model: 'hashed:fresh' })
      await own.close()
      if (databaseUrl !== undefined) await dropServerDatabase(databaseUrl)
    })
  })
}

/** Waits until no other session of a server's database has anything under way. */
const untilNobodyWrites = (database: Database) =>
  vi.waitFor(async () => {
    const { rows } = await sql<{ pid: number }>`
      select pid from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend' and state <> 'idle'
    `.execute(database.kysely)
    expect(rows).toEqual([])
  }, 10_000)

/** Starts `test/reembed-worker-child.ts` and keeps what it prints. */
function startWorker(databaseUrl: string, dataDir: string, delayMs: number) {
  const path = fileURLToPath(new URL('../../../test/reembed-worker-child.ts', import.meta.url))
  const child = spawn(execPath, [path, databaseUrl, dataDir, `${delayMs}`], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines: string[] = []
  createInterface(child.stdout).on('line', (line) => lines.push(line))
  return {
    lines,
    saw: async (line: string, times: number) => {
      const seen = () => lines.filter((each) => each === line).length
      await expect.poll(seen, { timeout: 60_000 }).toBeGreaterThanOrEqual(times)
    },
    end: async (signal: NodeJS.Signals) => {
      const ended = new Promise((resolve) => child.once('close', resolve))
      child.kill(signal)
      await ended
    },
  }
}
