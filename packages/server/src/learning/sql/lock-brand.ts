import type { BrandId } from '../../base/ids.ts'
import { asId } from '../../base/ids.ts'
import type { TenantTx } from '../../db/index.ts'

/** A brand, held until the transaction's end: its voice and its versions change one after the other. */
export async function lockBrand(
  tx: TenantTx,
  named: { readonly slug: string } | { readonly id: string },
): Promise<
  { readonly id: BrandId; readonly slug: string; readonly name: string; readonly language: string } | undefined
> {
  const query = tx
    .selectFrom('brands')
    .select(['id', 'slug', 'name', 'language'])
    .where('organization_id', '=', tx.organizationId)
    .forUpdate()
  const row = await (
    'slug' in named ? query.where('slug', '=', named.slug) : query.where('id', '=', named.id)
  ).executeTakeFirst()
  return row && { ...row, id: asId(row.id) }
}
