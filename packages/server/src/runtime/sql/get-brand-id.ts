import { asId, type BrandId } from '../../base/ids.ts'
import { NeonHubError } from '../../base/errors.ts'
import type { TenantTx } from '../../db/index.ts'

/** The organization's brand of this slug. Throws `runtime.brand_unknown`. */
export async function getBrandId(tx: TenantTx, slug: string): Promise<BrandId> {
  const brands = await tx
    .selectFrom('brands')
    .select(['id', 'slug'])
    .where('organization_id', '=', tx.organizationId)
    .orderBy('slug')
    .execute()
  const brand = brands.find((row) => row.slug.toLowerCase() === slug.toLowerCase())
  if (brand) return asId(brand.id)
  const known = brands.map((row) => row.slug).join(', ')
  throw new NeonHubError('runtime.brand_unknown', `There is no brand "${slug}"`, {
    kind: 'not_found',
    hint: known === '' ? 'Import one: neonhub brand import DIR' : `The brands are ${known}.`,
  })
}
