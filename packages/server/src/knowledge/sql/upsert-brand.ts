import { asId, type BrandId, newId } from '../../base/ids.ts'
import { sql, type TenantTx } from '../../db/index.ts'

export interface BrandProfileRow {
  readonly slug: string
  readonly name: string
  readonly description: string | undefined
  readonly website: string | undefined
  readonly language: string | undefined
  readonly audience: string | undefined
  readonly timeZone: string | undefined
  /** Whether the source describes the brand. One that does not leaves a brand that is there as it is. */
  readonly isDescribed: boolean
}

export interface StoredBrand {
  readonly id: BrandId
  readonly slug: string
  readonly name: string
  readonly language: string
}

/** Adds the brand of that slug or brings it up to date, and locks it. What the profile does not say stays. */
export async function upsertBrand(tx: TenantTx, profile: BrandProfileRow): Promise<StoredBrand> {
  const { slug, name, description, website, language, audience, timeZone, isDescribed } = profile
  const said = (value: string | undefined) => sql`${isDescribed ? (value ?? null) : null}::text`
  const result = await sql<{ id: string; slug: string; name: string; language: string }>`
    insert into brands as b (organization_id, id, slug, name, description, website, language, audience, time_zone)
    values (${tx.organizationId}, ${newId()}, ${slug}, ${name}, ${description ?? ''}, ${website ?? null},
      ${language ?? 'en'}, ${audience ?? ''}, ${timeZone ?? 'UTC'})
    on conflict (organization_id, slug) do update set
      name = coalesce(${said(name)}, b.name),
      description = coalesce(${said(description)}, b.description),
      website = coalesce(${said(website)}, b.website),
      language = coalesce(${said(language)}, b.language),
      audience = coalesce(${said(audience)}, b.audience),
      time_zone = coalesce(${said(timeZone)}, b.time_zone),
      updated_at = now()
    returning id, slug, name, language
  `.execute(tx)
  const [row] = result.rows
  if (!row) throw new TypeError('An upsert returned no row')
  return { ...row, id: asId(row.id) }
}
