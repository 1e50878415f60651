import type { BrandId } from '../../base/ids.ts'
import { sql, type TenantTx } from '../../db/index.ts'

/**
 * Whether a brand is searched in this space, and keeps it so until the transaction ends: what it adds in this space is
 * there before the brand can go over to another, whose completeness is looked at under a lock that waits for this one.
 */
export async function holdSearchSpace(
  tx: TenantTx,
  { brandId, spaceId }: { readonly brandId: BrandId; readonly spaceId: string },
): Promise<boolean> {
  const result = await sql`
    select from brands
    where organization_id = ${tx.organizationId} and id = ${brandId} and embedding_space_id = ${spaceId}
    for share
  `.execute(tx)
  return result.rows.length > 0
}
