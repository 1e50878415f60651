import { compact } from '../../base/compact.ts'
import { NeonHubError } from '../../base/errors.ts'
import { asId, type BrandId } from '../../base/ids.ts'
import type { TenantTx } from '../../db/index.ts'

/** A brand as agents write for it. */
export interface BrandFacts {
  readonly id: BrandId
  readonly slug: string
  readonly name: string
  readonly description: string
  readonly website?: string
  /** BCP 47 tag. */
  readonly language: string
  readonly audience: string
  /** IANA time zone. */
  readonly timeZone: string
}

/** The brand of that id. Throws `knowledge.brand_missing`. */
export async function getBrand(tx: TenantTx, brandId: BrandId): Promise<BrandFacts> {
  const row = await tx
    .selectFrom('brands')
    .select(['slug', 'name', 'description', 'website', 'language', 'audience', 'time_zone'])
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', brandId)
    .executeTakeFirst()
  if (!row) {
    throw new NeonHubError('knowledge.brand_missing', `There is no brand ${brandId}`, {
      kind: 'not_found',
      hint: 'List the brands of the organization, or import one.',
    })
  }
  const { time_zone: timeZone, website, ...rest } = row
  return { id: asId(brandId), ...rest, timeZone, ...compact({ website }) }
}
