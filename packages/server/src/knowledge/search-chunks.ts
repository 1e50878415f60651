import { sha256 } from '../base/json.ts'
import type { BrandId } from '../base/ids.ts'
import type { TenantTx } from '../db/index.ts'
import { fuseRanks } from './fuse-ranks.ts'
import { selectSources } from './select-sources.ts'
import type { EmbeddingSpace } from './sql/embedding-space.ts'
import { getBrand } from './sql/get-brand.ts'
import { loadChunks, type StoredChunk } from './sql/load-chunks.ts'
import { matchingChunks } from './sql/matching-chunks.ts'
import { nearestChunks } from './sql/nearest-chunks.ts'
import { rankedChunks } from './sql/ranked-chunks.ts'
import { textSearchConfiguration } from './text-search-configuration.ts'

export interface SearchChunks {
  readonly brandId: BrandId
  readonly query: string
  /** The query's vector in `space`, of unit length. */
  readonly vector: readonly number[]
  readonly space: EmbeddingSpace
  readonly limit: number
  /** How many passages of one document may be among the first; 2 where absent. */
  readonly perDocument?: number
}

/** A passage that answers a search. Of `score` only the order means something. */
export interface FoundChunk extends StoredChunk {
  readonly score: number
}

/** How many candidates each of the three searches brings for one place. */
const candidatesPerPlace = 4
const leastCandidates = 32

/**
 * The passages of a brand that fit a query, best first: by meaning (vector search within `space`), by all
 * the query's words and by the rare ones among them (full text in the brand's language), fused by their ranks. Throws `knowledge.brand_missing`.
 */
export async function searchChunks(
  tx: TenantTx,
  { brandId, query, vector, space, limit, perDocument = 2 }: SearchChunks,
): Promise<readonly FoundChunk[]> {
  const { language } = await getBrand(tx, brandId)
  const count = Math.max(leastCandidates, limit * candidatesPerPlace)
  const nearest = await nearestChunks(tx, { brandId, space, vector, limit: count })
  const words = { brandId, query, configuration: textSearchConfiguration(language), limit: count }
  // A passage with all the words stands in both lists of words: for a part number, meaning must not outvote letters.
  const fused = fuseRanks([nearest, await matchingChunks(tx, words), await rankedChunks(tx, words)])
  const chunks = new Map(
    (
      await loadChunks(
        tx,
        fused.map(({ id }) => id),
      )
    ).map((chunk) => [`${chunk.chunkId}`, chunk]),
  )
  const candidates = fused.flatMap(({ id, score }) => {
    const chunk = chunks.get(id)
    return chunk ? [{ chunk: { ...chunk, score }, documentId: chunk.documentId, sha256: sha256(chunk.text) }] : []
  })
  return selectSources(candidates, { limit, perDocument }).map(({ chunk }) => chunk)
}
