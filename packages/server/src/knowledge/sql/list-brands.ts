import { asId, type BrandId } from '../../base/ids.ts'
import { compact } from '../../base/compact.ts'
import { sql, type TenantTx } from '../../db/index.ts'

/** A brand as lists show it. Moments are ISO 8601 in UTC. */
export interface BrandSummary {
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
  readonly documents: number
  readonly chunks: number
  readonly createdAt: string
  readonly updatedAt: string
}

/** The brands of the organization by name, or the one that has `slug`. */
export async function listBrands(
  tx: TenantTx,
  { slug }: { readonly slug?: string } = {},
): Promise<readonly BrandSummary[]> {
  const result = await sql<Omit<BrandSummary, 'website' | 'createdAt' | 'updatedAt'> & Row>`
    select id, slug, name, description, website, language, audience, time_zone as "timeZone",
      (select count(*) from documents d where d.organization_id = b.organization_id and d.brand_id = b.id) as documents,
      (select count(*) from chunks c where c.organization_id = b.organization_id and c.brand_id = b.id) as chunks,
      created_at as "createdAt", updated_at as "updatedAt"
    from brands b
    where organization_id = ${tx.organizationId} and (${slug ?? null}::citext is null or slug = ${slug ?? null}::citext)
    order by lower(name), id
  `.execute(tx)
  return result.rows.map(({ id, website, createdAt, updatedAt, ...rest }) => ({
    id: asId(id),
    ...rest,
    ...compact({ website }),
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  }))
}

interface Row {
  readonly website: string | null
  readonly createdAt: Date
  readonly updatedAt: Date
}
