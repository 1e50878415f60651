import { afterAll, beforeAll, expect, test } from 'vitest'
import { asId, newId } from '../base/ids.ts'
import { createLogger } from '../base/log.ts'
import { type Database, migrate, openDatabase, readMigrations, sql, withTenant } from '../db/index.ts'
import { findSearchSpace, listBrandEmbeddings } from './index.ts'
import { chunksToEmbed } from './sql/chunks-to-embed.ts'
import { nearestChunks } from './sql/nearest-chunks.ts'

let database: Database
beforeAll(async () => {
  database = await openDatabase({
    databaseUrl: undefined,
    dataDir: undefined,
    logger: createLogger({ level: 'silent' }),
  })
})
afterAll(() => database.close())

test('an upgrade keeps every vector of every organization, and completes a brand that lay in two spaces', async () => {
  await migrate(database, { migrations: (await readMigrations()).filter(({ version }) => version < 10) })
  const organizations = [newId<'organization'>(), newId<'organization'>()]
  const brandIds = [newId<'brand'>(), newId<'brand'>()]
  for (const [index, organizationId] of organizations.entries()) {
    const brandId = brandIds[index]
    const [major, minor, datasetId, documentId] = [newId(), newId(), newId(), newId()]
    await sql
      .raw(`
        insert into organizations (id, name, slug) values ('${organizationId}', 'O', 'o-${index}');
        insert into brands (organization_id, id, slug, name) values ('${organizationId}', '${brandId}', 'b', 'B');
        insert into datasets (organization_id, id, brand_id, kind, source)
          values ('${organizationId}', '${datasetId}', '${brandId}', 'folder', '/b');
        insert into documents (organization_id, id, brand_id, dataset_id, path, title, media_type, origin, content_hash, word_count)
          values ('${organizationId}', '${documentId}', '${brandId}', '${datasetId}', 'a.md', 'A', 'text/markdown', 'own', 'x', 1);
        insert into embedding_spaces (organization_id, id, provider, model, dimensions)
          values ('${organizationId}', '${major}', 'p', 'major', 3), ('${organizationId}', '${minor}', 'p', 'minor', 2);
        insert into chunks (organization_id, id, brand_id, document_id, ordinal, heading_path, text, start_line, end_line,
            content_hash, untrusted, embedding_space_id, embedding, search)
          select '${organizationId}', gen_random_uuid(), '${brandId}', '${documentId}', n, '["A", "B"]', 'Passage ' || n, 1, 1,
            'h' || n, false, '${major}', case n when 2 then '[0,1,0]' else '[1,0,0]' end::vector, to_tsvector('passage')
          from generate_series(0, 3) n
      `)
      .execute(database.kysely)
    // Only the first organization's import was cut short with another model.
    if (index > 0) continue
    await sql`update chunks set embedding_space_id = ${minor}, embedding = '[1,0]' where ordinal = 3`.execute(
      database.kysely,
    )
  }
  await migrate(database)

  for (const [index, organizationId] of organizations.entries()) {
    const brandId = asId<'brand'>(`${brandIds[index]}`)
    await withTenant(database, organizationId, async (tx) => {
      const space = await findSearchSpace(tx, brandId)
      if (!space) throw new Error('The brand has lost its space')
      expect(space).toMatchObject({ model: 'major', dimensions: 3 })
      const [best] = await nearestChunks(tx, { brandId, space, vector: [0, 1, 0], limit: 1 })
      const { rows } = await sql<{ text: string }>`select text from chunks where id = ${best}`.execute(tx)
      expect(rows).toEqual([{ text: 'Passage 2' }])
      const missing = await chunksToEmbed(tx, { brandId, spaceId: space.id, after: undefined, limit: 9 })
      expect(missing.map(({ contextualText }) => contextualText)).toEqual(index === 0 ? ['A › B\n\nPassage 3'] : [])
      expect(await listBrandEmbeddings(tx)).toMatchObject([
        index === 0 ? { passages: 4, change: { to: 'p:major', embedded: 3, status: 'waiting' } } : { passages: 4 },
      ])
      const counts = await sql<{ vectors: number }>`select count(*) as vectors from chunk_embeddings`.execute(tx)
      expect(counts.rows).toEqual([{ vectors: 4 }])
    })
  }
})
