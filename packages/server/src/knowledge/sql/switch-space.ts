import type { BrandId } from '../../base/ids.ts'
import { sql, type TenantTx } from '../../db/index.ts'

/**
 * Lets search go over to the space that the brand was on its way to, if every chunk has a vector there. The brand's row
 * is locked first: imports hold it while they add chunks, so none is added between the look and the change.
 */
export async function switchSpace(
  tx: TenantTx,
  { brandId, spaceId }: { readonly brandId: BrandId; readonly spaceId: string },
): Promise<'switched' | 'incomplete' | 'turned round'> {
  await sql`
    select from brands where organization_id = ${tx.organizationId} and id = ${brandId} for update
  `.execute(tx)
  const missing = await sql`
    select from chunks c
    where c.organization_id = ${tx.organizationId} and c.brand_id = ${brandId}
      and not exists (
        select from chunk_embeddings e
        where e.organization_id = c.organization_id and e.chunk_id = c.id and e.embedding_space_id = ${spaceId}
      )
    limit 1
  `.execute(tx)
  if (missing.rows.length > 0) return 'incomplete'
  const way = await sql`
    update reembeddings set switched_at = now(), updated_at = now()
    where organization_id = ${tx.organizationId} and brand_id = ${brandId} and embedding_space_id = ${spaceId}
    returning 1
  `.execute(tx)
  if (way.rows.length === 0) return 'turned round'
  await sql`
    update brands set embedding_space_id = ${spaceId}, updated_at = now()
    where organization_id = ${tx.organizationId} and id = ${brandId}
  `.execute(tx)
  return 'switched'
}
