import type { BrandId } from '../../base/ids.ts'
import { sql, type TenantTx } from '../../db/index.ts'

/**
 * Removes up to `limit` vectors that the brand has in other spaces than the one it is searched in, once it has gone over.
 * Returns the spaces of those removed; none where none are left, and where it is on its way again.
 */
export async function removeOldEmbeddings(
  tx: TenantTx,
  { brandId, limit }: { readonly brandId: BrandId; readonly limit: number },
): Promise<readonly string[]> {
  const result = await sql<{ spaceId: string }>`
    with way as materialized (
      select from reembeddings
      where organization_id = ${tx.organizationId} and brand_id = ${brandId} and switched_at is not null
      for share
    ),
    removed as (
      delete from chunk_embeddings
      where ctid = any (array(
        select e.ctid from chunk_embeddings e
        join brands b on b.organization_id = e.organization_id and b.id = e.brand_id
        where e.organization_id = ${tx.organizationId} and e.brand_id = ${brandId}
          and e.embedding_space_id <> b.embedding_space_id and exists (select from way)
        limit ${limit}
      ))
      returning embedding_space_id
    )
    select distinct embedding_space_id as "spaceId" from removed
  `.execute(tx)
  return result.rows.map(({ spaceId }) => spaceId)
}
