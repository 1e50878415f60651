import { compact } from '../../base/compact.ts'
import { type BrandId, newId } from '../../base/ids.ts'
import { type DB, sql, type TenantTx } from '../../db/index.ts'
import { keepContent, lockAssets, removeUnusedContents } from './asset-contents.ts'
import type { AssetMediaType } from './sniff-media-type.ts'

export type AssetKind = DB['brand_assets']['kind']

/** One version of a file of a brand. */
export interface Asset {
  readonly id: string
  /** Slug of the brand. */
  readonly brand: string
  readonly name: string
  readonly version: number
  /** Whether it is the newest of its name. */
  readonly isCurrent: boolean
  /** How many versions of the name there are. */
  readonly versions: number
  readonly kind: AssetKind
  readonly alternativeText: string
  readonly licenseNote: string
  /** The last day on which it may be used, as 2026-12-31. */
  readonly rightsUntil: string | undefined
  /** Whether that day is over in the brand's time zone. */
  readonly rightsExpired: boolean
  readonly mediaType: AssetMediaType
  readonly byteSize: number
  /** Of the bytes, in hex. */
  readonly sha256: string
  readonly createdBy: string
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** What people say of a file; what is absent stays as the version before has it. */
export interface AssetFacts {
  readonly kind?: AssetKind | undefined
  readonly alternativeText?: string | undefined
  readonly licenseNote?: string | undefined
  /** Null: for good. */
  readonly rightsUntil?: string | null | undefined
}

type Row = Omit<Asset, 'rightsUntil'> & { readonly rightsUntil: string | null }

async function read(tx: TenantTx, brandId: BrandId, rest: ReturnType<typeof sql>): Promise<readonly Asset[]> {
  const { rows } = await sql<Row>`
    select * from (
      select a.id, b.slug::text as brand, a.name::text as name, a.version, a.kind, a.alternative_text as "alternativeText",
        row_number() over (partition by a.name order by a.version desc, a.id desc) = 1 as "isCurrent",
        (count(*) over (partition by a.name))::int as versions,
        a.license_note as "licenseNote", to_char(a.rights_until, 'YYYY-MM-DD') as "rightsUntil",
        coalesce(a.rights_until < (now() at time zone b.time_zone)::date, false) as "rightsExpired",
        c.media_type as "mediaType", c.byte_size as "byteSize", a.sha256, a.created_by as "createdBy",
        a.created_at as "createdAt", a.updated_at as "updatedAt"
      from brand_assets a
      join brands b on b.organization_id = a.organization_id and b.id = a.brand_id
      join asset_contents c on c.organization_id = a.organization_id and c.sha256 = a.sha256
      where a.organization_id = ${tx.organizationId} and a.brand_id = ${brandId}
    ) as asset
    ${rest}
  `.execute(tx)
  return rows.map(({ rightsUntil, ...row }) => ({ ...row, rightsUntil: rightsUntil ?? undefined }))
}

/** A brand's files, newest first: at most `limit`, all older than the id `before`. Newest versions alone, unless asked. */
export async function listAssets(
  tx: TenantTx,
  {
    brandId,
    limit,
    before,
    kind,
    name,
    allVersions = false,
  }: {
    readonly brandId: BrandId
    readonly limit: number
    readonly before?: string | undefined
    readonly kind?: AssetKind | undefined
    readonly name?: string | undefined
    readonly allVersions?: boolean
  },
): Promise<readonly Asset[]> {
  const conditions = [
    allVersions ? sql`true` : sql`"isCurrent"`,
    ...(before === undefined ? [] : [sql`id < ${before}::uuid`]),
    ...(kind === undefined ? [] : [sql`kind = ${kind}::brand_asset_kind`]),
    ...(name === undefined ? [] : [sql`name::citext = ${name}::citext`]),
  ]
  return read(tx, brandId, sql`where ${sql.join(conditions, sql` and `)} order by id desc limit ${limit}`)
}

/** A version by its id; undefined where the brand has none of it. */
export async function findAsset(
  tx: TenantTx,
  { brandId, id }: { readonly brandId: BrandId; readonly id: string },
): Promise<Asset | undefined> {
  const [asset] = await read(tx, brandId, sql`where id = ${id}::uuid`)
  return asset
}

const kindOf = (mediaType: AssetMediaType): AssetKind => {
  if (mediaType.startsWith('image/')) return 'image'
  if (mediaType.startsWith('font/')) return 'font'
  return mediaType === 'video/mp4' ? 'video' : 'guideline'
}

/**
 * Keeps a file of a brand: a new one, or a new version of its name, which goes on with what was said of the version
 * before. The same bytes as that version has make none; what is said of them is changed then.
 * Throws `knowledge.assets_full`.
 */
export async function addAsset(
  tx: TenantTx,
  {
    brandId,
    name,
    bytes,
    mediaType,
    createdBy,
    limitBytes,
    ...facts
  }: AssetFacts & {
    readonly brandId: BrandId
    readonly name: string
    readonly bytes: Uint8Array
    /** As `sniffMediaType` says. */
    readonly mediaType: AssetMediaType
    readonly createdBy: string
    /** How much the organization's files may come to. */
    readonly limitBytes: number
  },
): Promise<{ readonly id: string; readonly isNew: boolean }> {
  await lockAssets(tx)
  const sha256 = await keepContent(tx, { bytes, mediaType, limitBytes })
  const [before] = await listAssets(tx, { brandId, name, limit: 1 })
  if (before?.sha256 === sha256) {
    await changeAsset(tx, { brandId, id: before.id, ...facts })
    return { id: before.id, isNew: false }
  }
  const id = newId()
  const { rightsUntil = before?.rightsUntil } = facts
  const said = { ...before, ...compact(facts) }
  await tx
    .insertInto('brand_assets')
    .values({
      organization_id: tx.organizationId,
      id,
      brand_id: brandId,
      name: before?.name ?? name,
      version: (before?.version ?? 0) + 1,
      kind: said.kind ?? kindOf(mediaType),
      alternative_text: said.alternativeText ?? '',
      license_note: said.licenseNote ?? '',
      rights_until: dayOf(rightsUntil),
      sha256,
      created_by: createdBy,
    })
    .execute()
  return { id, isNew: true }
}

const dayOf = (day: string | null | undefined) => (day === null || day === undefined ? null : sql<Date>`${day}::date`)

/** Changes what is said of a version. False where the brand has none of that id. */
export async function changeAsset(
  tx: TenantTx,
  {
    brandId,
    id,
    kind,
    alternativeText,
    licenseNote,
    rightsUntil,
  }: AssetFacts & { readonly brandId: BrandId; readonly id: string },
): Promise<boolean> {
  const changed = await tx
    .updateTable('brand_assets')
    .set({
      updated_at: sql<Date>`clock_timestamp()`,
      ...compact({ kind, alternative_text: alternativeText, license_note: licenseNote }),
      ...(rightsUntil === undefined ? {} : { rights_until: dayOf(rightsUntil) }),
    })
    .where('organization_id', '=', tx.organizationId)
    .where('brand_id', '=', brandId)
    .where('id', '=', id)
    .returning('id')
    .executeTakeFirst()
  return changed !== undefined
}

/** Removes a version, or all of its name; the version before is in use then. Returns how many went. */
export async function removeAsset(
  tx: TenantTx,
  { brandId, id, allVersions }: { readonly brandId: BrandId; readonly id: string; readonly allVersions: boolean },
): Promise<number> {
  await lockAssets(tx)
  const asset = await findAsset(tx, { brandId, id })
  if (!asset) return 0
  const { numDeletedRows } = await tx
    .deleteFrom('brand_assets')
    .where('organization_id', '=', tx.organizationId)
    .where('brand_id', '=', brandId)
    .where(allVersions ? sql<boolean>`name = ${asset.name}::citext` : sql<boolean>`id = ${id}::uuid`)
    .executeTakeFirstOrThrow()
  await removeUnusedContents(tx)
  return Number(numDeletedRows)
}
