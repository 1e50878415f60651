import { asId, type BrandId, type ChunkId, newId, type OrganizationId } from '../../../packages/server/src/base/ids.ts'
import { type Database, sql, type TenantTx, withTenant } from '../../../packages/server/src/db/index.ts'
import { withSystem } from '../../../packages/server/src/db/system.ts'
import { createRandom, type VectorSource } from './clustered-vectors.ts'

/** A tenant with one brand in one space. */
export interface BenchTenant {
  readonly index: number
  readonly organizationId: OrganizationId
  readonly brandId: BrandId
  readonly spaceId: string
  readonly datasetId: string
  /** In the order of their vectors. */
  readonly chunkIds: readonly ChunkId[]
}

export const provider = 'bench'
export const model = 'clustered'
export const chunksPerDocument = 20
/** Statements that are on their way at once. */
const lanes = 4

/**
 * Fills the database as imports do over a year: document by document, the tenants' documents mixed, each in a
 * transaction of its own inside its tenant. So a tenant's rows lie all over the table.
 */
export async function fillTenants(
  database: Database,
  { sizes, source, seed }: { readonly sizes: readonly number[]; readonly source: VectorSource; readonly seed: number },
): Promise<readonly BenchTenant[]> {
  const typeOid = await findTypeOid(database)
  const tenants: NewTenant[] = []
  for (const index of sizes.keys()) tenants.push(await addTenant(database, source.dimensions, index))
  const documents = shuffle(
    sizes.flatMap((size, tenant) =>
      Array.from({ length: Math.ceil(size / chunksPerDocument) }, (_none, document) => ({ tenant, document })),
    ),
    createRandom(seed),
  )
  const ids = sizes.map((): ChunkId[][] => [])
  let next = 0
  const lane = async () => {
    for (let turn = documents[next]; turn; turn = documents[next]) {
      next += 1
      const tenant = tenants[turn.tenant]
      if (!tenant) continue
      const count = Math.min(chunksPerDocument, (sizes[turn.tenant] ?? 0) - turn.document * chunksPerDocument)
      const chunkIds = Array.from({ length: count }, () => newId<'chunk'>())
      const vectors = source.document(tenant.index, turn.document, count)
      const embeddings = encodeVectors(vectors, { dimensions: source.dimensions, typeOid })
      await withTenant(database, tenant.organizationId, (tx) => addDocument(tx, tenant, { chunkIds, embeddings }))
      const own = ids[turn.tenant]
      if (own) own[turn.document] = chunkIds
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return tenants.map((tenant) => ({ ...tenant, chunkIds: (ids[tenant.index] ?? []).flat() }))
}

type NewTenant = Omit<BenchTenant, 'chunkIds'>

async function addTenant(database: Database, dimensions: number, index: number): Promise<NewTenant> {
  const organizationId: OrganizationId = newId()
  const [brandId, spaceId, datasetId] = [newId<'brand'>(), newId(), newId()]
  await withSystem(database, (tx) =>
    tx
      .insertInto('organizations')
      .values({ id: organizationId, name: `Tenant ${index}`, slug: `tenant-${index}` })
      .execute(),
  )
  await withTenant(database, organizationId, async (tx) => {
    const own = { organization_id: organizationId }
    await tx
      .insertInto('embedding_spaces')
      .values({ ...own, id: spaceId, provider, model, dimensions })
      .execute()
    await tx
      .insertInto('brands')
      .values({ ...own, id: brandId, slug: 'brand', name: 'Brand', embedding_space_id: spaceId })
      .execute()
    await tx
      .insertInto('datasets')
      .values({ ...own, id: datasetId, brand_id: brandId, kind: 'folder', source: '/bench' })
      .execute()
  })
  return { index, organizationId, brandId: asId(brandId), spaceId, datasetId }
}

async function addDocument(
  tx: TenantTx,
  { brandId, datasetId, spaceId }: NewTenant,
  { chunkIds, embeddings }: { readonly chunkIds: readonly ChunkId[]; readonly embeddings: Buffer },
): Promise<void> {
  const documentId = newId()
  await sql`
    insert into documents
      (organization_id, id, brand_id, dataset_id, path, title, media_type, origin, content_hash, word_count)
    values (${tx.organizationId}, ${documentId}, ${brandId}, ${datasetId}, ${documentId}, 'Document', 'text/markdown',
      'own', ${documentId}, 1)
  `.execute(tx)
  await sql`
    insert into chunks (organization_id, id, brand_id, document_id, ordinal, heading_path, text, start_line, end_line,
      content_hash, untrusted, search)
    select ${tx.organizationId}, id, ${brandId}::uuid, ${documentId}::uuid, ordinal, '[]', 'A passage.', 1, 1, id::text,
      false, ''
    from unnest(${chunkIds}::uuid[]) with ordinality as chunk (id, ordinal)
  `.execute(tx)
  await sql`
    insert into chunk_embeddings (organization_id, brand_id, embedding_space_id, chunk_id, embedding)
    select ${tx.organizationId}, ${brandId}::uuid, ${spaceId}::uuid, id, embedding
    from unnest(${chunkIds}::uuid[], ${embeddings}::vector[]) as vector (id, embedding)
  `.execute(tx)
}

async function findTypeOid(database: Database): Promise<number> {
  const result = await sql<{ oid: number }>`select 'vector'::regtype::oid::bigint as oid`.execute(database.kysely)
  return result.rows[0]?.oid ?? 0
}

/**
 * An array of vectors in PostgreSQL's binary format (src/backend/utils/adt/arrayfuncs.c, array_recv; pgvector's
 * vector_recv): reading it costs a hundredth of reading numbers as text.
 */
function encodeVectors(
  vectors: Float32Array,
  { dimensions, typeOid }: { readonly dimensions: number; readonly typeOid: number },
): Buffer {
  const count = vectors.length / dimensions
  const elementBytes = 4 + 4 * dimensions
  const bytes = Buffer.alloc(20 + count * (4 + elementBytes))
  for (const [index, word] of [1, 0, typeOid, count, 1].entries()) bytes.writeInt32BE(word, 4 * index)
  for (let row = 0; row < count; row += 1) {
    const start = 20 + row * (4 + elementBytes)
    bytes.writeInt32BE(elementBytes, start)
    bytes.writeInt16BE(dimensions, start + 4)
    for (let index = 0; index < dimensions; index += 1)
      bytes.writeFloatBE(vectors[row * dimensions + index] ?? 0, start + 8 + 4 * index)
  }
  return bytes
}

/** Fisher and Yates. */
function shuffle<Item>(items: Item[], random: () => number): readonly Item[] {
  for (let last = items.length - 1; last > 0; last -= 1) {
    const other = random() % (last + 1)
    const [one, two] = [items[last], items[other]]
    if (one === undefined || two === undefined) continue
    items[last] = two
    items[other] = one
  }
  return items
}
