import { asId, type BrandId } from '../../base/ids.ts'
import type { TenantTx } from '../../db/index.ts'

/** The id of the brand of that slug, or undefined. */
export async function findBrandId(tx: TenantTx, slug: string): Promise<BrandId | undefined> {
  const row = await tx
    .selectFrom('brands')
    .select('id')
    .where('organization_id', '=', tx.organizationId)
    .where('slug', '=', slug)
    .executeTakeFirst()
  return row && asId<'brand'>(row.id)
}
