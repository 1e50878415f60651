import { sha256 } from '../base/json.ts'
import type { BrandId } from '../base/ids.ts'
import type { TenantTx } from '../db/index.ts'
import { fuseRanks } from './fuse-ranks.ts'
import { selectSources } from './select-sources.ts'
import { getBrand } from './sql/get-brand.ts'
import { loadChunks, type StoredChunk } from './sql/load-chunks.ts'
import { matchingChunks } from './sql/matching-chunks.ts'
import { type EmbeddingSpace, nearestChunks } from './sql/nearest-chunks.ts'
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

/** How many candidates each of the two searches brings for one place. */
const candidatesPerPlace = 4
const leastCandidates = 32

/**
 * The passages of a brand that fit a query, best first: by meaning (exact vector search within `space`) and by words
 * (full text in the brand's language), fused by their ranks. Throws `knowledge.brand_missing`.
 */
export async function searchChunks(
  tx: TenantTx,
  { brandId, query, vector, space, limit, perDocument = 2 }: SearchChunks,
): Promise<readonly FoundChunk[]> {
  const { language } = await getBrand(tx, brandId)
  const count = Math.max(leastCandidates, limit * candidatesPerPlace)
  const nearest = await nearestChunks(tx, { brandId, space, vector, limit: count })
  const matching = await findByWords(tx, { brandId, query, language, limit, count })
  const fused = fuseRanks([nearest, matching])
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

/** Passages with all the words go first; where these are fewer than asked for, passages with some of them follow. */
async function findByWords(
  tx: TenantTx,
  options: {
    readonly brandId: BrandId
    readonly query: string
    readonly language: string
    readonly limit: number
    readonly count: number
  },
): Promise<readonly string[]> {
  const { brandId, query, count } = options
  const search = { brandId, query, configuration: textSearchConfiguration(options.language), limit: count }
  const all = await matchingChunks(tx, { ...search, words: 'all' })
  if (all.length >= options.limit) return all
  // A list counts an id that is repeated with its first place.
  return [...all, ...(await matchingChunks(tx, { ...search, words: 'any' }))]
}
