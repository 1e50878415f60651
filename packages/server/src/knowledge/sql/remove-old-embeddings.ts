import type { BrandId } from '../../base/ids.ts'
import { sql, type TenantTx } from '../../db/index.ts'
import { lockReembedding } from './lock-reembedding.ts'

/**
 * Removes up to `limit` vectors that the brand has in other spaces than the one it is searched in, once it has gone over.
 * Returns the spaces of those removed; none where none are left, and where it is on its way again.
 */
export async function removeOldEmbeddings(
  tx: TenantTx,
  { brandId, limit }: { readonly brandId: BrandId; readonly limit: number },
): Promise<readonly string[]> {
  // Locked: two workers that remove at once would wait for each other's rows.
  const way = await lockReembedding(tx, brandId)
  if (!way?.isSwitched) return []
  const result = await sql<{ spaceId: string }>`
    with removed as (
      delete from chunk_embeddings
      where ctid = any (array(
        select e.ctid from chunk_embeddings e
        join brands b on b.organization_id = e.organization_id and b.id = e.brand_id
        where e.organization_id = ${tx.organizationId} and e.brand_id = ${brandId}
          and e.embedding_space_id <> b.embedding_space_id
        limit ${limit}
      ))
      returning embedding_space_id
    )
    select distinct embedding_space_id as "spaceId" from removed
  `.execute(tx)
  return result.rows.map(({ spaceId }) => spaceId)
}
