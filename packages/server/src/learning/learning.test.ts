import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execPath } from 'node:process'
import { createInterface } from 'node:readline/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  addOrganization,
  createServerDatabase,
  databaseKinds,
  dropServerDatabase,
  isMissing,
  openTestDatabase,
} from '../../test/database.ts'
import { hashedEmbeddings, offering } from '../../test/hashed-embeddings.ts'
import { type TestVoice, writeVoiceFolder } from '../../test/voice-texts.ts'
import { systemClock } from '../base/clock.ts'
import { type BrandId, newId, type OrganizationId } from '../base/ids.ts'
import { sha256 } from '../base/json.ts'
import { createLogger } from '../base/log.ts'
import { type Database, migrate, openDatabase, sql, type TenantTx, withTenant } from '../db/index.ts'
import { findVoice, importBrand } from '../knowledge/index.ts'
import type { EmbeddingModel } from '../llm/index.ts'
import { listNotifications } from '../notifications/index.ts'
import { runRetention, savePolicy } from '../ops/index.ts'
import { erasePerson } from '../people/index.ts'
import { createStandaloneJournal } from '../runtime/index.ts'
import {
  activateVersion,
  cancelTraining,
  findModelVersion,
  findTrainingJob,
  listModelVersions,
  listTrainingJobs,
  requestTuning,
  type TuningSources,
  workTuning,
} from './index.ts'
import { loadTexts } from './sql/load-texts.ts'

const logger = createLogger({ level: 'silent' })
const words = hashedEmbeddings({ model: 'words', dimensions: 64 })
const never = new AbortController().signal
const all: TuningSources = { approvedContent: true }

for (const kind of databaseKinds) {
  describe.skipIf(isMissing(kind))(`learning a voice on the ${kind} database`, () => {
    let database: Database
    let workshop: string
    beforeAll(async () => {
      database = await openTestDatabase(kind)
      workshop = await mkdtemp(join(tmpdir(), 'neonhub-learning-'))
    }, 60_000)
    afterAll(async () => {
      await database.close()
      await rm(workshop, { recursive: true })
    })

    const partsOf = (embeddings: EmbeddingModel = words, place = database) => ({
      database: place,
      queue: { dispatch: async () => {} },
      llm: offering(embeddings),
      clock: systemClock,
      logger,
      fetch: () => Promise.reject(new TypeError('No network in this test')),
      journal: (organizationId: OrganizationId) => createStandaloneJournal({ database: place, organizationId }),
    })
    const inside = <Result>(organizationId: OrganizationId, work: (tx: TenantTx) => Promise<Result>) =>
      withTenant(database, organizationId, work)
    const addBrand = async (
      organizationId: OrganizationId,
      voice: TestVoice,
      { documents = 8, place = database }: { documents?: number; place?: Database } = {},
    ) => {
      const source = join(workshop, `${voice}-${documents}`)
      await writeVoiceFolder(source, { voice, documents })
      return (await importBrand(partsOf(words, place), organizationId, { source, slug: voice }, () => {})).brand.id
    }
    /** An organization with a brand of short sentences beside one of long ones. */
    const addClient = async () => {
      const organizationId = await addOrganization(database)
      const brandId = await addBrand(organizationId, 'brisk')
      await addBrand(organizationId, 'ornate')
      return { organizationId, brandId }
    }
    const ask = async (organizationId: OrganizationId, { seed = 1, sources = all, brand = 'brisk' } = {}) => {
      const asked = await inside(organizationId, (tx) =>
        requestTuning(tx, { brand, sources, seed, requestedBy: 'user:ann' }),
      )
      return asked?.id ?? ''
    }
    const work = (organizationId: OrganizationId, trainingJobId: string, { embeddings = words, signal = never } = {}) =>
      workTuning(partsOf(embeddings), { organizationId, payload: { trainingJobId } }, signal)
    const jobOf = (organizationId: OrganizationId, id: string) =>
      inside(organizationId, (tx) => findTrainingJob(tx, id))
    const versionsOf = (organizationId: OrganizationId) =>
      inside(organizationId, (tx) => listModelVersions(tx, { limit: 50 }))
    const voiceOf = (organizationId: OrganizationId, brandId: BrandId) =>
      inside(organizationId, (tx) => findVoice(tx, brandId))
    const activate = (organizationId: OrganizationId, id: string) =>
      inside(organizationId, (tx) => activateVersion(tx, { id, by: 'user:bob' }))
    const told = async (organizationId: OrganizationId) => {
      const reader = { name: 'cli', kinds: ['tuning_finished', 'tuning_failed'] as const }
      const page = { unreadOnly: true, limit: 50, before: undefined }
      return (await inside(organizationId, (tx) => listNotifications(tx, reader, page))).notifications
    }
    const learn = async (organizationId: OrganizationId, options: Parameters<typeof ask>[1] = {}) => {
      const id = await ask(organizationId, options)
      await work(organizationId, id)
      const versionId = (await jobOf(organizationId, id))?.modelVersionId ?? ''
      return { id, versionId }
    }

    test('a candidate is learned and compared, and no agent speaks by it before somebody activates it', async () => {
      const { organizationId, brandId } = await addClient()
      expect(await voiceOf(organizationId, brandId)).toBeUndefined()
      const { id, versionId } = await learn(organizationId)
      expect(await jobOf(organizationId, id)).toMatchObject({
        status: 'succeeded',
        progress: 100,
        texts: 8,
        error: undefined,
        requestedBy: 'user:ann',
        startedAt: expect.any(Date),
        finishedAt: expect.any(Date),
      })
      const [candidate, written] = await versionsOf(organizationId)
      expect(written).toMatchObject({ number: 1, state: 'active', rules: [], examples: [], measures: undefined })
      expect(candidate).toMatchObject({
        id: versionId,
        number: 2,
        state: 'candidate',
        parentId: written?.id,
        trainingJobId: id,
      })
      expect(candidate?.measures?.evaluation).toMatchObject({
        against: 'other_brands',
        present: { origin: 'none', auc: 0.5 },
      })
      expect(candidate?.measures?.evaluation.candidate.auc).toBeGreaterThan(0.9)
      expect(candidate?.rules).toContain('Speak to the reader in the second person.')
      expect(candidate?.examples.length).toBeGreaterThan(1)
      expect(await voiceOf(organizationId, brandId)).toBeUndefined()
      expect(await told(organizationId)).toMatchObject([
        { kind: 'tuning_finished', subjectId: id, facts: { brand: 'brisk' } },
      ])
      expect(await activate(organizationId, versionId)).toMatchObject({
        isChanged: true,
        version: { state: 'active', voiceVersion: 1 },
      })
      expect(await voiceOf(organizationId, brandId)).toMatchObject({
        version: 1,
        rules: candidate?.rules,
        examples: candidate?.examples,
      })
      expect(await told(organizationId)).toEqual([])
    })

    test('the same sources and seed come to the same version, and another seed to another', async () => {
      const { organizationId } = await addClient()
      const first = await learn(organizationId)
      const again = await learn(organizationId)
      expect(again.versionId).toBe(first.versionId)
      expect(again.id).not.toBe(first.id)
      await activate(organizationId, first.versionId)
      // What is in use does not decide what is learned.
      expect((await learn(organizationId)).versionId).toBe(first.versionId)
      const other = await learn(organizationId, { seed: 2 })
      expect(other.versionId).not.toBe(first.versionId)
      const [newest] = await versionsOf(organizationId)
      expect(newest).toMatchObject({ id: other.versionId, number: 3, parentId: first.versionId })
      expect(newest?.measures?.evaluation.present.origin).toBe('tuned')
    })

    test('what people wrote stays in front, importing it again undoes nothing, and the first version is the way back', async () => {
      const { organizationId, brandId } = await addClient()
      const write = (rule: string) =>
        inside(organizationId, async (tx) => {
          const { insertVoice } = await import('../knowledge/sql/insert-voice.ts')
          await insertVoice(tx, brandId, {
            name: 'B',
            summary: 'Brisk.',
            rules: [rule],
            avoid: ['cheap'],
            examples: [],
          })
        })
      await write('Name the part.')
      const { versionId } = await learn(organizationId)
      await activate(organizationId, versionId)
      const tuned = await voiceOf(organizationId, brandId)
      expect(tuned).toMatchObject({ version: 2, summary: 'Brisk.', avoid: ['cheap'] })
      expect(tuned?.rules[0]).toBe('Name the part.')
      expect(tuned?.rules.length).toBeGreaterThan(2)
      await write('Name the part.')
      expect(await voiceOf(organizationId, brandId)).toEqual(tuned)
      await write('Name the tool.')
      expect(await voiceOf(organizationId, brandId)).toMatchObject({
        version: 3,
        rules: ['Name the tool.', ...(tuned?.rules.slice(1) ?? [])],
        examples: tuned?.examples,
      })
      const written = (await versionsOf(organizationId)).find(({ number }) => number === 1)
      await activate(organizationId, written?.id ?? '')
      expect(await voiceOf(organizationId, brandId)).toMatchObject({
        version: 4,
        rules: ['Name the tool.'],
        examples: [],
      })
      expect((await versionsOf(organizationId)).map(({ number, state }) => [number, state])).toEqual([
        [2, 'retired'],
        [1, 'active'],
      ])
      await activate(organizationId, versionId)
      expect(await voiceOf(organizationId, brandId)).toMatchObject({ version: 5, examples: tuned?.examples })
      expect(await activate(organizationId, versionId)).toMatchObject({ isChanged: false })
      expect(await voiceOf(organizationId, brandId)).toMatchObject({ version: 5 })
    })

    test('of two activations at once one comes after the other, and one version is active', async () => {
      const { organizationId, brandId } = await addClient()
      const ids = [(await learn(organizationId)).versionId, (await learn(organizationId, { seed: 2 })).versionId]
      const done = await Promise.all([...ids, ...ids].map((id) => activate(organizationId, id)))
      expect(done.every((one) => one !== undefined)).toBe(true)
      const active = (await versionsOf(organizationId)).filter(({ state }) => state === 'active')
      expect(active).toHaveLength(1)
      const voice = await voiceOf(organizationId, brandId)
      expect(voice).toMatchObject({ version: active[0]?.voiceVersion, examples: active[0]?.examples })
    })

    test('one that is called off stops at once, leaves no version, and lets the next one begin', async () => {
      const { organizationId } = await addClient()
      const queued = await ask(organizationId)
      await expect(ask(organizationId)).rejects.toMatchObject({ code: 'learning.unfinished' })
      expect(await inside(organizationId, (tx) => cancelTraining(tx, { id: queued, by: 'user:bob' }))).toBe(true)
      await work(organizationId, queued)
      expect(await jobOf(organizationId, queued)).toMatchObject({
        status: 'cancelled',
        cancelledBy: 'user:bob',
        startedAt: null,
      })
      const running = await ask(organizationId)
      let calls = 0
      const embeddings = hashedEmbeddings({
        model: 'words',
        dimensions: 64,
        onEmbed: async () => {
          calls += 1
          if (calls === 2) await inside(organizationId, (tx) => cancelTraining(tx, { id: running, by: 'user:bob' }))
        },
      })
      await work(organizationId, running, { embeddings })
      expect(calls).toBe(2)
      expect(await jobOf(organizationId, running)).toMatchObject({ status: 'cancelled', modelVersionId: null })
      expect(await versionsOf(organizationId)).toEqual([])
      expect(await told(organizationId)).toEqual([])
      expect(await inside(organizationId, (tx) => cancelTraining(tx, { id: running, by: 'user:eve' }))).toBe(false)
      expect((await learn(organizationId)).versionId).not.toBe('')
    })

    test('a model that fails is told with its reason, and the brand can be tuned again', async () => {
      const { organizationId } = await addClient()
      const id = await ask(organizationId)
      const embeddings = hashedEmbeddings({
        model: 'words',
        dimensions: 64,
        onEmbed: () => Promise.reject(new TypeError('No such model')),
      })
      await expect(work(organizationId, id, { embeddings })).rejects.toThrow('No such model')
      expect(await jobOf(organizationId, id)).toMatchObject({ status: 'failed', error: { message: 'No such model' } })
      expect(await told(organizationId)).toMatchObject([{ kind: 'tuning_failed', subjectId: id }])
      expect((await learn(organizationId)).versionId).not.toBe('')
    })

    test('a worker that is told to stop leaves the job to the next, and a parked one is shown as failed', async () => {
      const { organizationId } = await addClient()
      const id = await ask(organizationId)
      const stopping = new AbortController()
      const embeddings = hashedEmbeddings({
        model: 'words',
        dimensions: 64,
        onEmbed: async () => stopping.abort(new TypeError('stopping')),
      })
      await expect(work(organizationId, id, { embeddings, signal: stopping.signal })).rejects.toThrow('stopping')
      expect(await jobOf(organizationId, id)).toMatchObject({ status: 'running' })
      await inside(organizationId, (tx) =>
        sql`update agent_jobs set status = 'parked', error = '{"code": "queue.parked", "message": "It fell", "retryable": false}'
          where queue = 'learning.tune'`.execute(tx),
      )
      expect(await jobOf(organizationId, id)).toMatchObject({ status: 'failed', error: { code: 'queue.parked' } })
      // It blocks nobody.
      expect((await learn(organizationId)).versionId).not.toBe('')
    })

    test('two workers with one job leave one version', async () => {
      const { organizationId } = await addClient()
      const id = await ask(organizationId)
      await Promise.all([work(organizationId, id), work(organizationId, id)])
      expect(await jobOf(organizationId, id)).toMatchObject({ status: 'succeeded' })
      expect((await versionsOf(organizationId)).map(({ number }) => number)).toEqual([2, 1])
      expect(await told(organizationId)).toMatchObject([{ count: 1 }])
    })

    test('too few sources are refused before anything is written, and what is foreign is not there', async () => {
      const { organizationId } = await addClient()
      const stranger = await addOrganization(database, 'Stranger')
      const strangers = await addBrand(stranger, 'brisk', { documents: 3 })
      await expect(ask(stranger)).rejects.toMatchObject({ code: 'learning.too_few_sources' })
      expect(await inside(stranger, (tx) => listTrainingJobs(tx, { limit: 10 }))).toEqual([])
      const { rows } = await inside(stranger, (tx) => sql<{ id: string }>`select id from datasets`.execute(tx))
      const sources = { ...all, datasetIds: [rows[0]?.id ?? ''] }
      expect(await ask(organizationId, { sources })).toBe('')
      expect(await ask(stranger, { brand: 'ornate' })).toBe('')
      const { id, versionId } = await learn(organizationId)
      expect(await jobOf(stranger, id)).toBeUndefined()
      expect(await activate(stranger, versionId)).toBeUndefined()
      expect(await inside(stranger, (tx) => findModelVersion(tx, versionId))).toBeUndefined()
      expect(await inside(stranger, (tx) => cancelTraining(tx, { id, by: 'x' }))).toBe(false)
      await work(stranger, id)
      expect(await voiceOf(stranger, strangers)).toBeUndefined()
    })

    test('content counts once people approved it as it stands, and not what they disliked or the sandbox made', async () => {
      const { organizationId, brandId } = await addClient()
      const runId = newId()
      await inside(organizationId, async (tx) => {
        const agentId = newId()
        const agent = { organization_id: organizationId, id: agentId, name: 'ContentAgent', kind: 'copilot' as const }
        await tx.insertInto('agents').values(agent).execute()
        const asked = { agent: agent.name, agent_id: agentId, intent: 'draft', input: '{}', input_hash: 'x' }
        const run = { ...asked, organization_id: organizationId, id: runId, root_run_id: runId, requested_by: 'cli' }
        await tx
          .insertInto('agent_runs')
          .values({ ...run, status: 'queued' })
          .execute()
      })
      const write = async (
        key: string,
        {
          status = 'draft' as 'draft' | 'published',
          model = 'openai:x',
          verdict = '' as '' | 'up' | 'down',
          said = key,
        } = {},
      ) => {
        const id = newId()
        await inside(organizationId, async (tx) => {
          await tx
            .insertInto('content')
            .values({
              organization_id: organizationId,
              id,
              brand_id: brandId,
              run_id: runId,
              key,
              kind: 'article',
              status,
              title: key,
              body: key,
              model,
              citations: '[]',
            })
            .execute()
          if (verdict === '') return
          const feedback = { organization_id: organizationId, id: newId(), brand_id: brandId, content_id: id, verdict }
          await tx
            .insertInto('feedback')
            .values({ ...feedback, text_hash: sha256(`${key}\n${said}`), given_by: 'cli' })
            .execute()
        })
      }
      await write('draft')
      await write('published', { status: 'published' })
      await write('liked', { verdict: 'up' })
      await write('liked as it was', { verdict: 'up', said: 'before' })
      await write('published and disliked', { status: 'published', verdict: 'down' })
      await write('published by the sandbox', { status: 'published', model: 'sandbox:writer' })
      const pieces = async () => {
        const texts = await inside(organizationId, (tx) => loadTexts(tx, { brandId, sources: all }))
        return texts
          .map(({ text }) => text)
          .filter((text) => !text.startsWith('You see'))
          .toSorted()
      }
      expect(await pieces()).toEqual(['liked', 'published'])
      const mark = (value: number) =>
        inside(organizationId, (tx) =>
          tx
            .insertInto('run_scores')
            .values({
              organization_id: organizationId,
              id: newId(),
              run_id: runId,
              name: 'tone',
              value,
              scored_by: 'cli',
            })
            .execute(),
        )
      await mark(0.9)
      expect(await pieces()).toEqual(['draft', 'liked', 'liked as it was', 'published'])
      await mark(0.1)
      expect(await pieces()).toEqual([])
      await mark(0.9)
      const quotable = async () => {
        const texts = await inside(organizationId, (tx) => loadTexts(tx, { brandId, sources: all }))
        return texts.filter(({ isQuotable }) => isQuotable).length
      }
      const total = await quotable()
      expect(total).toBe(8 + (await pieces()).length)
      await inside(organizationId, (tx) => sql`update agent_runs set tainted = true`.execute(tx))
      expect(await quotable()).toBe(8)
      await inside(organizationId, (tx) =>
        sql`update documents set origin = 'web' where brand_id = ${brandId}`.execute(tx),
      )
      expect(await quotable()).toBe(0)
      const without = { ...all, approvedContent: false }
      expect(await inside(organizationId, (tx) => loadTexts(tx, { brandId, sources: without }))).toHaveLength(8)
    })

    test('erasing a person reaches what was learned and what is spoken by, and retention removes finished jobs', async () => {
      const { organizationId, brandId } = await addClient()
      const { id, versionId } = await learn(organizationId)
      const address = 'ann@voice.example'
      await inside(organizationId, (tx) =>
        sql`insert into model_versions (organization_id, id, brand_id, number, rules, examples, created_by)
          values (${organizationId}, ${newId()}, ${brandId}, 9, '[]', ${JSON.stringify([`Ask ${address} for a burr.`])}::text::jsonb, 'cli')`.execute(
          tx,
        ),
      )
      const named = (await versionsOf(organizationId)).find(({ number }) => number === 9)
      await activate(organizationId, named?.id ?? '')
      const masterKey = new Uint8Array(32)
      await inside(organizationId, (tx) => erasePerson(tx, { channel: 'email', address, actor: 'cli', masterKey }))
      const left = JSON.stringify([await versionsOf(organizationId), await voiceOf(organizationId, brandId)])
      expect(left).not.toContain(address)
      expect(left.match(/Ask erased-\w+@erased\.invalid for a burr/g)).toHaveLength(2)

      await inside(organizationId, async (tx) => {
        await sql`update agent_jobs set status = 'succeeded', updated_at = now() - interval '3 days'`.execute(tx)
        await savePolicy(tx, { runDays: 1 })
      })
      const done = { record: async () => {}, beforeRuns: async () => {} }
      await runRetention(database, { dryRun: false, ...done })
      expect(await jobOf(organizationId, id)).toBeUndefined()
      const kept = await inside(organizationId, (tx) => findModelVersion(tx, versionId))
      expect(kept).toMatchObject({ number: 2, trainingJobId: null })
    })

    test('a worker that is killed with -9 half way is followed by one that comes to the same version', async () => {
      const dataDir = kind === 'embedded' ? join(workshop, 'data') : undefined
      const databaseUrl = kind === 'server' ? await createServerDatabase() : undefined
      const open = async () => {
        const opened = await openDatabase({ databaseUrl, dataDir, logger })
        await migrate(opened)
        return opened
      }
      let own = await open()
      const organizationId = await addOrganization(own, 'Killed')
      await addBrand(organizationId, 'brisk', { place: own })
      await addBrand(organizationId, 'ornate', { place: own })
      const asked = await withTenant(own, organizationId, (tx) =>
        requestTuning(tx, { brand: 'brisk', sources: all, seed: 5, requestedBy: 'cli' }),
      )
      const id = asked?.id ?? ''
      await own.close()

      const first = startWorker(databaseUrl ?? '', dataDir ?? '', 300)
      await first.saw('embedding 32', 2)
      await first.end('SIGKILL')
      own = await open()
      expect(await withTenant(own, organizationId, (tx) => findTrainingJob(tx, id))).toMatchObject({
        status: 'running',
      })
      await own.close()
      const second = startWorker(databaseUrl ?? '', dataDir ?? '', 0)
      await second.saw('done', 1)
      await second.end('SIGTERM')

      own = await open()
      const job = await withTenant(own, organizationId, (tx) => findTrainingJob(tx, id))
      expect(job).toMatchObject({ status: 'succeeded' })
      const versions = await withTenant(own, organizationId, (tx) => listModelVersions(tx, { limit: 10 }))
      expect(versions.map(({ number }) => number)).toEqual([2, 1])
      const again = await withTenant(own, organizationId, (tx) =>
        requestTuning(tx, { brand: 'brisk', sources: all, seed: 5, requestedBy: 'cli' }),
      )
      const payload = { trainingJobId: again?.id ?? '' }
      await workTuning(partsOf(words, own), { organizationId, payload }, never)
      expect(await withTenant(own, organizationId, (tx) => findTrainingJob(tx, payload.trainingJobId))).toMatchObject({
        modelVersionId: job?.modelVersionId,
      })
      await own.close()
      if (databaseUrl !== undefined) await dropServerDatabase(databaseUrl)
    })
  })
}

/** Starts `test/tuning-worker-child.ts` and keeps what it prints. */
function startWorker(databaseUrl: string, dataDir: string, delayMs: number) {
  const path = fileURLToPath(new URL('../../test/tuning-worker-child.ts', import.meta.url))
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
