import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addOrganization, openTestDatabase } from '../../../test/database.ts'
import { hashedEmbeddings, offering } from '../../../test/hashed-embeddings.ts'
import { systemClock } from '../../base/clock.ts'
import type { BrandId, OrganizationId } from '../../base/ids.ts'
import { createLogger } from '../../base/log.ts'
import { type Database, withTenant } from '../../db/index.ts'
import { importBrand, reembedBrand, sendBrand } from '../../knowledge/index.ts'
import { createStandaloneJournal, type IntentContext } from '../../runtime/index.ts'
import { searchBrand } from './search-brand.ts'

const old = hashedEmbeddings({ model: 'old', dimensions: 256 })
const fresh = hashedEmbeddings({ model: 'fresh', dimensions: 128 })

let database: Database
let organizationId: OrganizationId
let brandId: BrandId
let folder: string

const partsOf = (models: Parameters<typeof offering>) => ({
  database,
  queue: { dispatch: async () => {} },
  llm: offering(...models),
  clock: systemClock,
  logger: createLogger({ level: 'silent' }),
  fetch: () => Promise.reject(new TypeError('No network in this test')),
  journal: (id: OrganizationId) => createStandaloneJournal({ database, organizationId: id }),
})

beforeAll(async () => {
  database = await openTestDatabase('embedded')
  organizationId = await addOrganization(database)
  folder = await mkdtemp(join(tmpdir(), 'neonhub-search-brand-'))
  for (const word of ['kettle', 'ladle', 'whisk'])
    await writeFile(join(folder, `${word}.md`), `# ${word}\n\nThe ${word}.`)
  brandId = (await importBrand(partsOf([old]), organizationId, { source: folder }, () => {})).brand.id
})
afterAll(async () => {
  await database.close()
  await rm(folder, { recursive: true })
})

/** What a handler is handed, without a journal: `beforeSearch` happens between the embedding and the search. */
function contextOf(models: Parameters<typeof offering>, beforeSearch: () => Promise<void>) {
  const keys: string[] = []
  const llm = offering(...models)
  const context: Pick<IntentContext<unknown>, 'transaction' | 'llm'> = {
    transaction: async (key, work) => {
      keys.push(key)
      if (key.startsWith('search')) await beforeSearch()
      return withTenant(database, organizationId, work)
    },
    llm: {
      text: () => Promise.reject(new TypeError('Not in this test')),
      object: () => Promise.reject(new TypeError('Not in this test')),
      embed: (_key, texts) => llm.embeddings.embed(texts),
      embedIn: async (key, { texts, space }) => {
        keys.push(key)
        const model = (space && llm.embeddingsOf(space)) ?? llm.embeddings
        return { space: model, vectors: await model.embed(texts) }
      },
    },
  }
  return { context, keys }
}

const request = () => ({
  brandId,
  // No word of the documents: only the vector knows it.
  queries: [{ query: 'xylophone', text: 'the whisk' }],
  limit: 1,
  keys: { embed: 'embed the questions', search: 'search the documents' },
})

test('a brand that goes over to another model between the embedding and the search is searched in the new space', async () => {
  let hasSwitched = false
  const { context, keys } = contextOf([fresh, old], async () => {
    if (hasSwitched) return
    hasSwitched = true
    const parts = partsOf([fresh, old])
    const job = { organizationId, payload: { brandId } }
    await sendBrand(parts, { organizationId, brandId, to: fresh })
    await reembedBrand(parts, job, new AbortController().signal)
    // And the old vectors are gone.
    await reembedBrand(parts, job, new AbortController().signal)
  })
  const [found] = await searchBrand(context, request())
  expect(found?.map(({ path }) => path)).toEqual(['whisk.md'])
  expect(keys).toEqual([
    'find the space to embed the questions in',
    'embed the questions',
    'search the documents',
    'find the space to embed the questions in (2)',
    'embed the questions (2)',
    'search the documents (2)',
  ])
})

test('where the model of the stored vectors cannot be asked, passages are found by their words and never by wrong vectors', async () => {
  const { context } = contextOf([old], async () => {})
  expect(await searchBrand(context, request())).toEqual([[]])
  const byWords = { ...request(), queries: [{ query: 'ladle', text: 'the whisk' }] }
  const [found] = await searchBrand(context, byWords)
  expect(found?.map(({ path }) => path)).toEqual(['ladle.md'])
})
