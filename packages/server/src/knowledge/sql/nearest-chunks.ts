import { NeonHubError } from '../../base/errors.ts'
import type { BrandId } from '../../base/ids.ts'
import { sql, type TenantTx } from '../../db/index.ts'
import type { EmbeddingSpace } from './embedding-space.ts'

export interface NearestChunks {
  readonly brandId: BrandId
  /** Of the query's vector. */
  readonly space: EmbeddingSpace
  /** Of unit length. */
  readonly vector: readonly number[]
  readonly limit: number
}

/**
 * How many candidates a search in an HNSW index keeps (`hnsw.ef_search`), and of how many the exact distance is looked
 * at in the end: the index compares in half precision, which among 200,000 passages puts some of the ten nearest out of
 * their place. docs/retrieval.md has recall and time of other values.
 */
const candidates = 400
const leastReranked = 40

/**
 * Ids of the brand's chunks by their cosine distance to a vector, nearest first. Exact, over the brand's own rows, until
 * the brand is so large that it has an HNSW index of its own. One index for all brands would be filtered to a brand's
 * share after the search, and find a fraction of what is there.
 */
export async function nearestChunks(
  tx: TenantTx,
  { brandId, space, vector, limit }: NearestChunks,
): Promise<readonly string[]> {
  assertDimensions(space, vector)
  const own = await openSearch(tx, brandId, space)
  if (!own) return []
  const query = sql`${`[${vector.join(',')}]`}::vector`
  const isOwn = sql`organization_id = ${tx.organizationId} and brand_id = ${brandId} and embedding_space_id = ${own.spaceId}`
  // Only an expression with the index's own cast is answered by the index, so that which of the two is done is decided
  // here. Of unit vectors the inner product is the cosine, and takes a third of its arithmetic.
  const half = sql`halfvec(${sql.raw(`${space.dimensions}`)})`
  const found = own.isIndexed
    ? sql`
        select chunk_id, embedding from chunk_embeddings where ${isOwn}
        order by embedding::${half} <#> ${query}::${half} limit ${Math.max(limit, leastReranked)}
      `
    : sql`select chunk_id, embedding from chunk_embeddings where ${isOwn}`
  const result = await sql<{ id: string }>`
    select chunk_id as id from (${found}) as found order by embedding <#> ${query}, chunk_id limit ${limit}
  `.execute(tx)
  if (own.isIndexed) await sql`reset enable_sort`.execute(tx)
  return result.rows.map((row) => row.id)
}

function assertDimensions({ provider, model, dimensions }: EmbeddingSpace, { length }: readonly number[]): void {
  if (Number.isInteger(dimensions) && length === dimensions) return
  throw new NeonHubError(
    'knowledge.vector_of_other_space',
    `A vector of ${length} numbers was searched for among those of ${provider}:${model}, which have ${dimensions}`,
    { kind: 'internal', hint: 'Name the space of the model that made the vector.' },
  )
}

/** Finds the space and whether the brand has an index in it, and sets the search up for the rest of the transaction. */
async function openSearch(tx: TenantTx, brandId: BrandId, { provider, model, dimensions }: EmbeddingSpace) {
  // Rows that were deleted since the last vacuum take places among the candidates: the iterative scan goes on past them.
  // Without sorts the index is the cheapest plan: for ten thousand passages the planner would else compare and sort them
  // all, because it knows nothing of what making half a vector of each takes. Compiling a search over some thousand rows takes longer than running it.
  const result = await sql<{ spaceId: string; isIndexed: boolean }>`
    select id as "spaceId", has_vector_index(${brandId}::uuid, id) as "isIndexed",
      set_config('hnsw.ef_search', ${`${candidates}`}, true), set_config('hnsw.iterative_scan', 'relaxed_order', true),
      set_config('jit', 'off', true),
      set_config('enable_sort', case when has_vector_index(${brandId}::uuid, id) then 'off' else 'on' end, true)
    from embedding_spaces
    where organization_id = ${tx.organizationId} and provider = ${provider} and model = ${model}
      and dimensions = ${dimensions}
  `.execute(tx)
  return result.rows[0]
}
