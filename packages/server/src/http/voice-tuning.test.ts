import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { hashedEmbeddings, offering } from '../../test/hashed-embeddings.ts'
import { openTestApp, publicUrl, type TestApp } from '../../test/http-app.ts'
import { writeVoiceFolder } from '../../test/voice-texts.ts'
import { systemClock } from '../base/clock.ts'
import { newId, type OrganizationId } from '../base/ids.ts'
import { createLogger } from '../base/log.ts'
import { importBrand } from '../knowledge/index.ts'
import { workTuning } from '../learning/index.ts'
import { createStandaloneJournal } from '../runtime/index.ts'

let http: TestApp
let owner: Record<string, string>
let reader: Record<string, string>
let workshop: string
beforeAll(async () => {
  http = await openTestApp({ runsPerMinute: 10_000 })
  owner = { cookie: await http.signIn(), origin: publicUrl }
  reader = await http.keyWith(['brands:read'])
  workshop = await mkdtemp(join(tmpdir(), 'neonhub-voice-'))
  for (const voice of ['brisk', 'ornate'] as const) {
    const source = await writeVoiceFolder(join(workshop, voice), { voice, documents: 8 })
    await importBrand(partsOf(), http.organizationId, { source, slug: voice }, () => {})
  }
  const source = await writeVoiceFolder(join(workshop, 'small'), { voice: 'brisk', documents: 1 })
  await importBrand(partsOf(), http.organizationId, { source, slug: 'small' }, () => {})
})
afterAll(async () => {
  await http.close()
  await rm(workshop, { recursive: true })
})

const partsOf = () => ({
  database: http.database,
  queue: { dispatch: async () => {} },
  llm: offering(hashedEmbeddings({ model: 'words', dimensions: 64 })),
  clock: systemClock,
  logger: createLogger({ level: 'silent' }),
  fetch: () => Promise.reject(new TypeError('No network in this test')),
  journal: (organizationId: OrganizationId) => createStandaloneJournal({ database: http.database, organizationId }),
})
const call = async (method: string, path: string, body?: unknown, as = owner) => {
  const response = await http.send(method, path, { headers: as, ...(body === undefined ? {} : { body }) })
  const json: unknown = await response.json()
  return { status: response.status, body: z.looseObject({ id: z.string().optional() }).parse(json) }
}
const work = (trainingJobId = '') =>
  workTuning(
    partsOf(),
    { organizationId: http.organizationId, payload: { trainingJobId } },
    new AbortController().signal,
  )

test('a voice is learned, compared, used and taken back, each change on the audit log', async () => {
  const asked = await call('POST', '/v1/training-jobs', { brand: 'brisk', seed: 3 })
  expect(asked).toMatchObject({
    status: 201,
    body: { brand: 'brisk', status: 'queued', seed: 3, sources: { approvedContent: true }, progress: 0 },
  })
  const path = `/v1/training-jobs/${asked.body.id}`
  await work(asked.body.id)
  const done = await call('GET', path, undefined, reader)
  expect(done.body).toMatchObject({ status: 'succeeded', progress: 100, modelVersionId: expect.any(String) })
  const listed = await call('GET', '/v1/model-versions?brand=brisk', undefined, reader)
  const { modelVersions } = z
    .object({ modelVersions: z.array(z.looseObject({ id: z.string(), number: z.number() })) })
    .parse(listed.body)
  expect(modelVersions).toMatchObject([
    {
      number: 2,
      state: 'candidate',
      measures: { evaluation: { against: 'other_brands' } },
      trainingJobId: asked.body.id,
    },
    { number: 1, state: 'active' },
  ])
  const [candidate, written] = modelVersions.map(({ id }) => `/v1/model-versions/${id}`)
  expect(await call('POST', `${candidate}/activate`)).toMatchObject({
    status: 200,
    body: { state: 'active', voiceVersion: 1, activatedBy: expect.stringMatching(/^user:/) },
  })
  expect(await call('GET', candidate ?? '', undefined, reader)).toMatchObject({ body: { state: 'active' } })
  expect((await call('POST', `${written}/activate`)).body).toMatchObject({ state: 'active', number: 1 })
  expect((await call('GET', candidate ?? '')).body).toMatchObject({ state: 'retired' })
  expect((await call('GET', '/v1/audit-logs')).body).toMatchObject({
    entries: expect.arrayContaining([
      expect.objectContaining({ action: 'training_job.created', subject: `training_job:${asked.body.id}` }),
      expect.objectContaining({ action: 'model_version.activated', detail: { brand: 'brisk', number: 2 } }),
    ]),
  })
})

test('a job is called off, and one of a brand goes on at a time', async () => {
  const asked = await call('POST', '/v1/training-jobs', { brand: 'ornate', approvedContent: false })
  expect(await call('POST', '/v1/training-jobs', { brand: 'ornate' })).toMatchObject({
    status: 409,
    body: { code: 'learning.unfinished' },
  })
  const path = `/v1/training-jobs/${asked.body.id}/cancel`
  expect(await call('POST', path)).toMatchObject({
    status: 200,
    body: { status: 'cancelled', cancelledBy: expect.stringMatching(/^user:/), finishedAt: expect.any(String) },
  })
  // Once more changes nothing.
  expect(await call('POST', path)).toMatchObject({ status: 200, body: { status: 'cancelled' } })
  await work(asked.body.id)
  expect((await call('GET', '/v1/training-jobs?brand=ornate')).body).toMatchObject({
    trainingJobs: [{ id: asked.body.id, status: 'cancelled', sources: { approvedContent: false } }],
  })
})

test('what is not there, too little, or no job, is refused, and so is who may only read', async () => {
  const ask = (body: object, as = owner) => call('POST', '/v1/training-jobs', { brand: 'brisk', ...body }, as)
  expect(await ask({ brand: 'nobody' })).toMatchObject({ status: 404 })
  expect(await ask({ datasetIds: [newId()] })).toMatchObject({ status: 404 })
  expect(await ask({ datasetIds: [] })).toMatchObject({ status: 409, body: { code: 'learning.too_few_sources' } })
  expect(await ask({ brand: 'small' })).toMatchObject({ status: 409, body: { code: 'learning.too_few_sources' } })
  for (const body of [{ seed: -1 }, { seed: 1.5 }, { datasetIds: ['x'] }, { model: 'gpt' }]) {
    expect(await ask(body), JSON.stringify(body)).toMatchObject({ status: 400 })
  }
  expect(await ask({}, reader)).toMatchObject({ status: 403 })
  for (const path of [`/v1/training-jobs/${newId()}/cancel`, `/v1/model-versions/${newId()}/activate`]) {
    expect(await call('POST', path)).toMatchObject({ status: 404 })
    expect(await call('POST', path, undefined, reader)).toMatchObject({ status: 403 })
  }
  for (const path of [`/v1/training-jobs/${newId()}`, `/v1/model-versions/${newId()}`]) {
    expect(await call('GET', path)).toMatchObject({ status: 404 })
  }
})
