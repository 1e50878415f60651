import type { BrandId } from '../../base/ids.ts'
import { sql, type TenantTx } from '../../db/index.ts'

/** Vectors compare only within one space. */
export interface EmbeddingSpace {
  readonly provider: string
  readonly model: string
  readonly dimensions: number
}

export interface NearestChunks {
  readonly brandId: BrandId
  readonly space: EmbeddingSpace
  /** Of unit length. */
  readonly vector: readonly number[]
  readonly limit: number
}

/**
 * Ids of the brand's chunks by their cosine distance to a vector, nearest first. Exact, over the brand's own rows: an
 * approximate index that is filtered to a tenant's share finds a fraction of what is there.
 */
export async function nearestChunks(
  tx: TenantTx,
  { brandId, space, vector, limit }: NearestChunks,
): Promise<readonly string[]> {
  // Of unit vectors the inner product is the cosine, and takes a third of its arithmetic.
  const result = await sql<{ id: string }>`
    select c.id
    from chunks c
    where c.organization_id = ${tx.organizationId} and c.brand_id = ${brandId}
      and c.embedding_space_id = (
        select id from embedding_spaces
        where organization_id = ${tx.organizationId} and provider = ${space.provider} and model = ${space.model}
          and dimensions = ${space.dimensions}
      )
    order by c.embedding <#> ${`[${vector.join(',')}]`}::vector, c.id
    limit ${limit}
  `.execute(tx)
  return result.rows.map((row) => row.id)
}
