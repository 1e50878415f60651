import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BrandDetail, ImportResult } from '@neonhub/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addOrganization, databaseKinds, isMissing, openTestDatabase } from '../../test/database.ts'
import { withCallJournal } from '../base/call-journal.ts'
import { systemClock } from '../base/clock.ts'
import { parseConfig } from '../base/config.ts'
import { type BrandId, newId, type OrganizationId } from '../base/ids.ts'
import { createLogger } from '../base/log.ts'
import { type Database, sql, type TenantTx, withTenant } from '../db/index.ts'
import { createLlm, type EmbeddingModel } from '../llm/index.ts'
import { createStandaloneJournal } from '../runtime/index.ts'
import {
  findBrand,
  findCitation,
  findSearchSpace,
  findVoice,
  getBrand,
  importBrand,
  type ImportProgress,
  type ImportRequest,
  listBrands,
  listKeywords,
  listPersonas,
  searchChunks,
  toPromptSources,
} from './index.ts'
import { loadChunks } from './sql/load-chunks.ts'
import { matchingChunks } from './sql/matching-chunks.ts'
import { nearestChunks } from './sql/nearest-chunks.ts'
import { rankedChunks } from './sql/ranked-chunks.ts'

const example = fileURLToPath(new URL('../../../../examples/pinwright', import.meta.url))
const documentCount = 23

const llm = createLlm({ config: parseConfig({}).llm, clock: systemClock })
afterAll(() => llm.close())

/** The offline model, asked once for a text whichever database is tested: it takes a tenth of a second for each. */
const vectors = new Map<string, readonly number[]>()
let asked: string[] = []
const embeddings: EmbeddingModel = {
  provider: llm.embeddings.provider,
  model: llm.embeddings.model,
  dimensions: llm.embeddings.dimensions,
  resolveDimensions: llm.embeddings.resolveDimensions,
  embed: async (texts, signal) => {
    asked.push(...texts)
    const fresh = texts.filter((text) => !vectors.has(text))
    const embedded = fresh.length > 0 ? await llm.embeddings.embed(fresh, signal) : []
    for (const [index, text] of fresh.entries()) vectors.set(text, embedded[index] ?? [])
    return texts.map((text) => vectors.get(text) ?? [])
  },
}
const space = { provider: embeddings.provider, model: embeddings.model, dimensions: embeddings.dimensions }

for (const kind of databaseKinds) {
  describe.skipIf(isMissing(kind))(`a brand's knowledge on the ${kind} database`, () => {
    let database: Database
    let mine: OrganizationId
    let theirs: OrganizationId
    let workshop: string
    let folder: string
    let brandId: BrandId
    let stopped: { readonly stored: number; readonly documents: number; readonly halves: number }
    let first: ImportResult
    const progresses: ImportProgress[] = []

    const inMine = <Result>(work: (tx: TenantTx) => Promise<Result>) => withTenant(database, mine, work)

    async function run(request: ImportRequest, options: RunOptions = {}) {
      asked = []
      const parts = {
        database,
        llm: llmOf(options.embeddings ?? embeddings),
        queue: { dispatch: async () => {} },
        journal: (organizationId: OrganizationId) => createStandaloneJournal({ database, organizationId }),
        fetch: options.fetch ?? (() => Promise.reject(new TypeError('No network in this test'))),
        clock: systemClock,
        logger: createLogger({ level: 'error' }),
      }
      const result = await importBrand(parts, mine, request, options.onProgress ?? (() => {}))
      return ImportResult.parse(result)
    }

    async function search(query: string, limit = 5) {
      const journal = createStandaloneJournal({ database, organizationId: mine })
      const [vector = []] = await withCallJournal(journal, () => embeddings.embed([query]))
      return inMine((tx) => searchChunks(tx, { brandId, query, vector, space, limit }))
    }

    beforeAll(async () => {
      database = await openTestDatabase(kind)
      mine = await addOrganization(database, 'Mine')
      theirs = await addOrganization(database, 'Theirs')
      workshop = await mkdtemp(join(tmpdir(), 'neonhub-knowledge-'))
      folder = join(workshop, 'pinwright')
      await cp(example, folder, { recursive: true })

      const stop = new AbortController()
      let stored = 0
      const onProgress = (progress: ImportProgress) => {
        progresses.push(progress)
        const { stage, done } = progress
        if (stage === 'store') stored = done
        if (stored === 7) stop.abort()
      }
      await expect(run({ source: folder, signal: stop.signal }, { onProgress })).rejects.toThrow(/abort/i)
      stopped = { stored, ...(await inMine(countDocuments)) }
      first = await run({ source: folder })
      brandId = (await inMine((tx) => findBrand(tx, 'pinwright')))?.id ?? newId()
    })
    afterAll(async () => {
      await database.close()
      await rm(workshop, { recursive: true })
    })

    test('an import tells how far it is of how many documents, from the first on', () => {
      const documents = first.added + first.unchanged
      const read = progresses.filter(({ stage }) => stage === 'read')
      expect(read[0]).toMatchObject({ done: 1, total: documents })
      expect(new Set(read.map(({ total }) => total))).toEqual(new Set([documents]))
      expect(progresses.some(({ stage, total }) => stage === 'embed' && total === undefined)).toBe(true)
    })

    test('an import that is stopped half way leaves whole documents, and the next one goes on', () => {
      expect(stopped).toEqual({ stored: 7, documents: 7, halves: 0 })
      expect(first).toMatchObject({ added: documentCount - 7, unchanged: 7, changed: 0, removed: 0, skipped: [] })
      expect(first.brand).toMatchObject({ slug: 'pinwright', name: 'Pinwright' })
    })

    test('a brand is shown as the contract says, with what its files say', async () => {
      const brand = BrandDetail.parse(await inMine((tx) => findBrand(tx, 'PINWRIGHT')))
      expect(brand).toMatchObject({ documents: documentCount, language: 'en', timeZone: 'Europe/London' })
      expect(brand.personas.map(({ name }) => name)).toEqual(['Helen', 'Raj', 'Sam'])
      expect(brand.keywords[0]).toEqual({
        term: 'wholemeal flour',
        intent: 'informational',
        volume: 8100,
        difficulty: 62,
        persona: 'Raj',
      })
      expect(brand.voice).toMatchObject({ version: 1, name: 'The Pinwright bench voice' })
      expect(brand.datasets).toMatchObject([{ kind: 'folder', documents: documentCount }])
      const facts = await inMine((tx) => getBrand(tx, brandId))
      expect(facts).toMatchObject({ slug: 'pinwright', website: 'https://pinwright.example' })
      expect((await inMine((tx) => listBrands(tx))).map(({ slug }) => slug)).toContain('pinwright')
    })

    test('importing the same again changes nothing and asks the model nothing', async () => {
      const before = await inMine(chunkIds)
      const again = await run({ source: folder })
      expect(again).toMatchObject({ added: 0, changed: 0, removed: 0, unchanged: documentCount, chunks: 0 })
      expect(asked).toEqual([])
      expect(await inMine(chunkIds)).toEqual(before)
    })

    test('an edited file is one changed document, and only its new passages are embedded', async () => {
      const file = join(folder, 'documents/support/faq.md')
      const text = await readFile(file, 'utf8')
      await writeFile(
        file,
        `${text}\n## Zanzibar\n\nIn the ${kind} year we post a ZX-99 sieve to Zanzibar on every second Friday. ${'It is a long way. '.repeat(12)}\n`,
      )
      expect(await run({ source: folder })).toMatchObject({
        added: 0,
        changed: 1,
        removed: 0,
        unchanged: documentCount - 1,
      })
      expect(asked).toHaveLength(1)
      expect((await search('ZX-99'))[0]?.text).toContain('every second Friday')
      await writeFile(file, text)
      expect(await run({ source: folder })).toMatchObject({ changed: 1 })
      expect(asked).toEqual([])
      expect((await search('ZX-99')).filter((chunk) => chunk.text.includes('Zanzibar'))).toEqual([])
    })

    test('each embedding is in the journal, outside of any run', async () => {
      const result = await inMine((tx) =>
        sql<{ operation: string; runs: number; open: number }>`
          select operation, count(run_id) as runs, count(*) filter (where finished_at is null) as open
          from llm_calls group by operation
        `.execute(tx),
      )
      expect(result.rows).toEqual([{ operation: 'embed', runs: 0, open: 0 }])
    })

    test('a deleted file is removed with its passages, and comes back when it does', async () => {
      const file = join(folder, 'documents/guides/glossary.md')
      const text = await readFile(file, 'utf8')
      await rm(file)
      expect(await run({ source: folder })).toMatchObject({ removed: 1, unchanged: documentCount - 1 })
      expect((await inMine(countDocuments)).documents).toBe(documentCount - 1)
      await writeFile(file, text)
      expect(await run({ source: folder })).toMatchObject({ added: 1, removed: 0 })
    })

    test('a copy of a document takes its vectors from the first', async () => {
      const copy = join(folder, 'documents/support/returns-again.md')
      await cp(join(folder, 'documents/support/returns-policy.md'), copy)
      const result = await run({ source: folder })
      expect(result).toMatchObject({ added: 1 })
      expect(result.chunks).toBeGreaterThan(0)
      expect(asked).toEqual([])
      // What both documents say is shown once.
      const texts = (await search('how many days do I have to return a tool', 8)).map(({ text }) => text)
      expect(new Set(texts).size).toBe(texts.length)
      await rm(copy)
      expect(await run({ source: folder })).toMatchObject({ removed: 1 })
    })

    test.each([
      ['how long does a tin opener wheel last', '4,000 tins'],
      ['crank thread serial number M10', 'M10 fine'],
      ['may the drums of the grater go in the dishwasher', 'The drums may go in the dishwasher'],
      ['how do I get my money back', 'sixty days'],
      ['what does delivery to Ireland cost', 'Ireland'],
      ['who founded Pinwright', 'Maud Ellery'],
      ['weighing without batteries', 'without a battery'],
      ['hardness of ceramic burrs', '1,500 HV'],
    ])('“%s” finds “%s”', async (question, answer) => {
      const found = await search(question)
      expect(found).toHaveLength(5)
      expect(found.map(({ text }) => text).join('\n')).toContain(answer)
      expect(found.map(({ score }) => score)).toEqual(found.map(({ score }) => score).toSorted((a, b) => b - a))
    })

    test('a part number is found by its letters, and a question without one common word by its meaning', async () => {
      const configuration = 'english'
      const byWords = await search('TO-03')
      expect(byWords[0]?.text).toContain('TO-03')
      const query = 'environmental impact'
      const limit = 50
      expect(await inMine((tx) => matchingChunks(tx, { brandId, query, configuration, limit }))).toEqual([])
      expect(await inMine((tx) => rankedChunks(tx, { brandId, query, configuration, limit }))).toEqual([])
      expect((await search(query))[0]?.path).toBe('documents/company/sustainability-report-2025.md')
    })

    test('words that are rare decide, operators hold, and no text is an error', async () => {
      const query = 'we mend the tool of a bread club'
      const ids = await inMine((tx) => rankedChunks(tx, { brandId, query, configuration: 'english', limit: 1 }))
      const [best] = await inMine((tx) => loadChunks(tx, ids))
      expect(best?.path).toBe('documents/company/story-ullaby-bread-club.md')
      const without = { brandId, query: '"tin opener" -wheel', configuration: 'english', limit: 50 }
      const openers = await inMine(async (tx) => loadChunks(tx, await matchingChunks(tx, without)))
      expect(openers.length).toBeGreaterThan(0)
      for (const { text } of openers) expect(text).not.toMatch(/\bwheels?\b/i)
      for (const hostile of [`'); drop table chunks --`, '& | ! ( <->', '🪛', 'the of and', String.raw`\ ' " :*`]) {
        expect(await search(hostile)).toHaveLength(5)
      }
    })

    test('passages become sources of a prompt, and a citation leads back to its lines', async () => {
      const found = await search('how long does a tin opener wheel last', 3)
      const sources = toPromptSources(found)
      expect(sources.map(({ id }) => id)).toEqual(['S1', 'S2', 'S3'])
      expect(sources[0]).not.toHaveProperty('untrusted')
      const citation = findCitation(found, 'S2')
      expect(citation).toMatchObject({ source: 2, chunkId: found[1]?.chunkId, path: found[1]?.path })
      const lines = (await readFile(join(folder, citation?.path ?? ''), 'utf8')).split('\n')
      expect(lines.slice((citation?.startLine ?? 0) - 1, citation?.endLine).join('\n')).toContain(
        found[1]?.text.split('\n')[0]?.slice(0, 20),
      )
      for (const unknown of ['S0', 'S4', 'S01', '2', 'S2]']) expect(findCitation(found, unknown)).toBeUndefined()
    })

    test('another organization sees nothing of it, and a foreign brand is as an absent one', async () => {
      const inTheirs = <Result>(work: (tx: TenantTx) => Promise<Result>) => withTenant(database, theirs, work)
      expect(await inTheirs((tx) => listBrands(tx))).toEqual([])
      expect(await inTheirs((tx) => findBrand(tx, 'pinwright'))).toBeUndefined()
      expect(await inTheirs((tx) => findVoice(tx, brandId))).toBeUndefined()
      expect(await inTheirs((tx) => listPersonas(tx, brandId))).toEqual([])
      expect(await inTheirs((tx) => listKeywords(tx, brandId))).toEqual([])
      const vector = vectors.values().next().value ?? []
      for (const id of [brandId, newId<'brand'>()]) {
        const code = 'knowledge.brand_missing'
        await expect(inTheirs((tx) => getBrand(tx, id))).rejects.toMatchObject({ code })
        const request = { brandId: id, query: 'tin', vector, space, limit: 5 }
        await expect(inTheirs((tx) => searchChunks(tx, request))).rejects.toMatchObject({ code })
      }
      expect(
        await inTheirs((tx) => matchingChunks(tx, { brandId, query: 'tin', configuration: 'english', limit: 5 })),
      ).toEqual([])
    })

    test('a voice that changes is a new version, and one that does not is none', async () => {
      const file = join(folder, 'voice.md')
      const text = await readFile(file, 'utf8')
      await writeFile(file, text.replace('## Rules\n', '## Rules\n\n- Say who mended it.\n'))
      await run({ source: folder })
      await run({ source: folder })
      const voice = await inMine((tx) => findVoice(tx, brandId))
      expect(voice).toMatchObject({ version: 2 })
      expect(voice?.rules[0]).toBe('Say who mended it.')
    })

    test('personas and keywords are those of their files, and stay where a file is gone', async () => {
      await writeFile(
        join(folder, 'personas.yaml'),
        'personas:\n  - name: helen\n    role: Owner\n    goals: Mend it\n',
      )
      await writeFile(join(folder, 'keywords.csv'), 'term,difficulty\nSalt Mill,47.6\n')
      await run({ source: folder })
      expect(await inMine((tx) => listPersonas(tx, brandId))).toEqual([
        { name: 'helen', role: 'Owner', goals: ['Mend it'], pains: [], channels: [], keywords: [] },
      ])
      expect(await inMine((tx) => listKeywords(tx, brandId))).toEqual([{ term: 'Salt Mill', difficulty: 48 }])
      await rm(join(folder, 'personas.yaml'))
      await rm(join(folder, 'keywords.csv'))
      await run({ source: folder })
      expect(await inMine((tx) => listKeywords(tx, brandId))).toHaveLength(1)
      expect(await inMine((tx) => listPersonas(tx, brandId))).toHaveLength(1)
    })

    test('hostile entries of a folder are left out with a reason or stored as they read', async () => {
      const hostile = join(workshop, 'hostile-shop')
      await mkdir(hostile)
      await symlink('/etc/hostname', join(hostile, 'outside.md'))
      await writeFile(join(hostile, 'binary.md'), Buffer.from([0, 1, 2, 3]))
      await writeFile(join(hostile, 'deep.html'), `${'<div>'.repeat(50_000)}x`)
      await writeFile(join(hostile, 'markup.html'), '<script>alert(1)</script><style>p{}</style>')
      await writeFile(join(hostile, `qu'ote"; drop table chunks;--.md`), '# Quote\n\nA name that is no SQL.')
      await writeFile(
        join(hostile, 'emoji.md'),
        `# ${'x'.repeat(299)}😀😀\n\nCut through an emoji. &#0; ${'😀'.repeat(400)}`,
      )
      const result = await run({ source: hostile })
      expect(result.brand.slug).toBe('hostile-shop')
      expect(result.added).toBe(2)
      expect(result.skipped.map(({ path }) => path).toSorted()).toEqual([
        'binary.md',
        'deep.html',
        'markup.html',
        'outside.md',
      ])
      for (const { reason } of result.skipped) expect(reason).toMatch(/^[A-Z].{9,}/)
      expect(await run({ source: hostile })).toMatchObject({ unchanged: 2, added: 0, changed: 0 })
    })

    test('pages of a site are untrusted, and a page that is down is kept while one that is gone is not', async () => {
      const pages = new Map([
        ['/sitemap.xml', sitemap(['/', '/down', '/gone'])],
        ['/', '<title>Home</title><main><p>We sell blue kettles in Leeds.</p></main>'],
        ['/down', '<title>Down</title><main><p>Our opening hours are nine to five.</p></main>'],
        ['/gone', '<title>Gone</title><main><p>A sale that ends on Sunday.</p></main>'],
      ])
      const failing = new Map<string, number>()
      const fetch = async (url: string) => {
        const { pathname } = new URL(url)
        const type = pathname.endsWith('.xml') ? 'application/xml' : 'text/html'
        const status = failing.get(pathname) ?? (pages.has(pathname) ? 200 : 404)
        return new Response(status === 200 ? `${pages.get(pathname)}<!-- ${newId()} -->` : '', {
          status,
          headers: { 'content-type': type },
        })
      }
      const source = 'https://www.kettles.example/sitemap.xml'
      const site = await run({ source }, { fetch })
      expect(site).toMatchObject({ brand: { slug: 'kettles-example', name: 'kettles.example' }, added: 3 })
      const detail = await inMine((tx) => findBrand(tx, 'kettles-example'))
      expect(detail).toMatchObject({ datasets: [{ kind: 'site', source }], website: 'https://www.kettles.example' })
      const vector = vectors.values().next().value ?? []
      const found = await inMine((tx) =>
        searchChunks(tx, { brandId: detail?.id ?? brandId, query: 'kettles', vector, space, limit: 1 }),
      )
      expect(toPromptSources(found)).toMatchObject([{ id: 'S1', untrusted: true }])

      failing.set('/down', 500).set('/gone', 404)
      expect(await run({ source }, { fetch })).toMatchObject({ added: 0, changed: 0, unchanged: 1, removed: 1 })
      expect(await inMine((tx) => findBrand(tx, 'kettles-example'))).toMatchObject({ documents: 2 })
      expect(asked).toEqual([])
    })

    test('another language indexes all anew, and another model leaves a brand as it is until it goes over', async () => {
      const small = join(workshop, 'small')
      await mkdir(small)
      await writeFile(join(small, 'haus.md'), '# Haus\n\nDie Häuser stehen am Fluss.')
      await run({ source: small })
      const flat = { ...embeddings, provider: 'test', model: 'flat', dimensions: 2, resolveDimensions: async () => 2 }
      const other: EmbeddingModel = { ...flat, embed: async (texts) => texts.map(() => [0.6, 0.8]) }
      expect(await run({ source: small }, { embeddings: other })).toMatchObject({ changed: 0, unchanged: 1 })
      const id = (await inMine((tx) => findBrand(tx, 'small')))?.id ?? newId()
      expect(await inMine((tx) => findSearchSpace(tx, id))).toMatchObject(space)

      await writeFile(join(small, 'brand.yaml'), 'name: Small\nslug: small\nlanguage: de-AT\n')
      expect(await run({ source: small }, { embeddings: other })).toMatchObject({ changed: 1 })
      const german = { brandId: id, query: 'Haus', configuration: 'german', limit: 3 }
      expect(await inMine((tx) => matchingChunks(tx, german))).toHaveLength(1)
      const vector = vectors.values().next().value ?? []
      expect(await inMine((tx) => nearestChunks(tx, { brandId: id, space, vector, limit: 3 }))).toHaveLength(1)
    })

    test('a vector is never compared with those of another space', async () => {
      const vector = [0.6, 0.8]
      const wrong = inMine((tx) => nearestChunks(tx, { brandId, space, vector, limit: 3 }))
      await expect(wrong).rejects.toMatchObject({ code: 'knowledge.vector_of_other_space' })
      const elsewhere = { provider: 'test', model: 'nobody', dimensions: 2 }
      expect(await inMine((tx) => nearestChunks(tx, { brandId, space: elsewhere, vector, limit: 3 }))).toEqual([])
    })

    test.each([
      ['documents', undefined, 'knowledge.source'],
      ['/no/such/folder', undefined, 'knowledge.folder_missing'],
      ['ftp://example.com/', undefined, 'knowledge.site_url'],
      ['https://nowhere.example/sitemap.xml', undefined, 'knowledge.site_unreachable'],
      [example, 'No Slug', 'knowledge.slug'],
    ])('the source %s with the slug %s is refused as %s, and nothing is stored', async (source, slug, code) => {
      const count = (tx: TenantTx) => tx.selectFrom('brands').select('id').execute()
      const before = await inMine(count)
      await expect(run({ source, slug })).rejects.toMatchObject({ code })
      expect(await inMine(count)).toEqual(before)
    })
  })
}

/** An installation whose own model is the one given; that of the other tests can be asked as well. */
function llmOf(own: EmbeddingModel) {
  return {
    embeddings: own,
    embeddingsOf: ({ model }: { readonly model: string }) =>
      [own, embeddings].find((candidate) => candidate.model === model),
  }
}

interface RunOptions {
  readonly embeddings?: EmbeddingModel
  readonly fetch?: (url: string) => Promise<Response>
  readonly onProgress?: (progress: ImportProgress) => void
}

/** Documents of the organization, and how many of them have not the words that their chunks have. */
async function countDocuments(tx: TenantTx) {
  const result = await sql<{ documents: number; halves: number }>`
    select count(*) as documents, count(*) filter (where chunks = 0 or last <> chunks - 1) as halves
    from (
      select count(c.id) as chunks, max(c.ordinal) as last
      from documents d left join chunks c on c.organization_id = d.organization_id and c.document_id = d.id
      group by d.id
    ) as each
  `.execute(tx)
  return result.rows[0] ?? { documents: 0, halves: 0 }
}

async function chunkIds(tx: TenantTx) {
  return (await tx.selectFrom('chunks').select('id').orderBy('id').execute()).map(({ id }) => id)
}

function sitemap(paths: readonly string[]): string {
  const urls = paths.map((path) => `<url><loc>https://www.kettles.example${path}</loc></url>`)
  return `<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">${urls.join('')}</urlset>`
}
