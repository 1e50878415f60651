import type { OrganizationId } from '../../base/ids.ts'
import { type Database, withTenant } from '../../db/index.ts'
import type { EmbeddingModel } from '../../llm/spec.ts'
import type { Chunk } from '../chunk/chunk-document.ts'
import { findEmbeddings } from '../sql/find-embeddings.ts'

/** What one call of the model takes: small enough to tell progress by, large enough to be worth the way. */
const batchSize = 16

export interface EmbedChunksOptions {
  readonly database: Database
  readonly organizationId: OrganizationId
  readonly embeddings: EmbeddingModel
  readonly spaceId: string
  readonly signal: AbortSignal | undefined
  /** Told after each batch, with the number of texts in it. */
  readonly onBatch: (count: number) => void
}

/**
 * The vector of each chunk by the chunk's hash, as pgvector writes it. Texts that the organization has embedded in this
 * space, in whatever document, are not embedded again. No transaction is open while the model works.
 */
export async function embedChunks(
  chunks: readonly Chunk[],
  { database, organizationId, embeddings, spaceId, signal, onBatch }: EmbedChunksOptions,
): Promise<ReadonlyMap<string, string>> {
  const texts = new Map(chunks.map((chunk) => [chunk.sha256, chunk.contextualText]))
  const hashes = [...texts.keys()]
  const vectors = new Map(await withTenant(database, organizationId, (tx) => findEmbeddings(tx, { spaceId, hashes })))
  const missing = [...texts].filter(([hash]) => !vectors.has(hash))
  for (let start = 0; start < missing.length; start += batchSize) {
    const batch = missing.slice(start, start + batchSize)
    const embedded = await embeddings.embed(
      batch.map(([, text]) => text),
      signal,
    )
    for (const [index, [hash]] of batch.entries()) vectors.set(hash, `[${embedded[index]?.join(',') ?? ''}]`)
    onBatch(batch.length)
  }
  return vectors
}
