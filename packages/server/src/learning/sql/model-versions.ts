import { z } from 'zod'
import { type BrandId, newId } from '../../base/ids.ts'
import { jsonb, sql, type TenantTx } from '../../db/index.ts'
import { Measures } from '../measures.ts'
import type { ModelVersionState } from '../spec.ts'

const Sentences = z.array(z.string())
const Vector = z.array(z.number())

/** A version of what was learned of a brand's voice. */
export interface ModelVersion {
  readonly id: string
  readonly kind: 'brand_voice'
  readonly brandId: string
  /** Slug. */
  readonly brand: string
  /** From 1: the voice as people wrote it. */
  readonly number: number
  readonly parentId: string | null
  readonly state: ModelVersionState
  readonly rules: readonly string[]
  readonly examples: readonly string[]
  readonly measures: Measures | undefined
  readonly sourcesHash: string | null
  readonly trainingJobId: string | null
  /** The newest version of the brand's voice that has it. */
  readonly voiceVersion: number | null
  readonly createdBy: string
  readonly activatedBy: string | null
  readonly activatedAt: Date | null
  readonly createdAt: Date
}

type Row = Omit<ModelVersion, 'rules' | 'examples' | 'measures'> & {
  readonly rules: unknown
  readonly examples: unknown
  readonly measures: unknown
}

async function select(tx: TenantTx, where: ReturnType<typeof sql>): Promise<readonly ModelVersion[]> {
  const { rows } = await sql<Row>`
    select m.id, m.kind, m.brand_id as "brandId", b.slug::text as brand, m.number, m.parent_id as "parentId", m.state,
      m.rules, m.examples, m.measures, m.sources_hash as "sourcesHash", m.created_by as "createdBy",
      m.activated_by as "activatedBy", m.activated_at as "activatedAt", m.created_at as "createdAt",
      (
        select t.id from training_jobs t
        where t.organization_id = m.organization_id and t.model_version_id = m.id order by t.id limit 1
      ) as "trainingJobId",
      (
        select max(v.version) from brand_voices v
        where v.organization_id = m.organization_id and v.model_version_id = m.id
      ) as "voiceVersion"
    from model_versions m
    join brands b on b.organization_id = m.organization_id and b.id = m.brand_id
    where m.organization_id = ${tx.organizationId} and ${where}
  `.execute(tx)
  return rows.map(({ rules, examples, measures, ...row }) => ({
    ...row,
    rules: Sentences.parse(rules),
    examples: Sentences.parse(examples),
    measures: measures === null ? undefined : Measures.parse(measures),
  }))
}

/** The organization's versions, newest first: at most `limit`, of one brand (slug) where it is named. */
export function listModelVersions(
  tx: TenantTx,
  {
    brand,
    before,
    limit,
  }: { readonly brand?: string | undefined; readonly before?: string | undefined; readonly limit: number },
): Promise<readonly ModelVersion[]> {
  return select(
    tx,
    sql`(${brand ?? null}::citext is null or b.slug = ${brand ?? null}::citext)
      and (${before ?? null}::uuid is null or m.id < ${before ?? null}::uuid)
    order by m.id desc limit ${limit}`,
  )
}

/** A version by its id; undefined where there is none in this organization. */
export async function findModelVersion(tx: TenantTx, id: string): Promise<ModelVersion | undefined> {
  const [version] = await select(tx, sql`m.id = ${id}`)
  return version
}

/** The version that is in use, with the mean direction it was learned at; undefined for a brand that never had one. */
export async function findActiveVersion(
  tx: TenantTx,
  brandId: BrandId,
): Promise<(ModelVersion & { readonly centroid: readonly number[] }) | undefined> {
  const [version] = await select(tx, sql`m.brand_id = ${brandId} and m.state = 'active'`)
  if (!version) return undefined
  const row = await tx
    .selectFrom('model_versions')
    .select('embedding')
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', version.id)
    .executeTakeFirst()
  const centroid = typeof row?.embedding === 'string' ? Vector.parse(JSON.parse(row.embedding)) : []
  return { ...version, centroid }
}

/** The version that the same sources, seed and procedure had made before; undefined where they made none. */
export async function findByFingerprint(
  tx: TenantTx,
  { brandId, fingerprint }: { readonly brandId: BrandId; readonly fingerprint: string },
): Promise<string | undefined> {
  const row = await tx
    .selectFrom('model_versions')
    .select('id')
    .where('organization_id', '=', tx.organizationId)
    .where('brand_id', '=', brandId)
    .where('fingerprint', '=', fingerprint)
    .executeTakeFirst()
  return row?.id
}

export interface NewModelVersion {
  readonly brandId: BrandId
  readonly rules: readonly string[]
  readonly examples: readonly string[]
  readonly measures: Measures
  readonly embeddingSpaceId: string
  readonly centroid: readonly number[]
  readonly sourcesHash: string
  readonly fingerprint: string
  readonly createdBy: string
}

/**
 * Adds a candidate, and before the brand's first one the voice as people wrote it, which is active and the way back.
 * Returns its id. The caller holds the brand's row.
 */
export async function insertModelVersion(tx: TenantTx, version: NewModelVersion): Promise<string> {
  const parent = (await findActiveVersion(tx, version.brandId)) ?? (await insertWritten(tx, version))
  const id = newId<'model_version'>()
  await sql`
    insert into model_versions (organization_id, id, brand_id, number, parent_id, rules, examples, measures,
      embedding_space_id, embedding, sources_hash, fingerprint, created_by)
    select ${tx.organizationId}, ${id}::uuid, ${version.brandId}::uuid, max(number) + 1, ${parent.id}::uuid,
      ${jsonb(version.rules)}, ${jsonb(version.examples)}, ${jsonb(version.measures)},
      ${version.embeddingSpaceId}::uuid,
      ${version.centroid.length === 0 ? null : `[${version.centroid.join(',')}]`}::text::vector,
      ${version.sourcesHash}::text, ${version.fingerprint}::text, ${version.createdBy}::text
    from model_versions where organization_id = ${tx.organizationId} and brand_id = ${version.brandId}
  `.execute(tx)
  return id
}

async function insertWritten(
  tx: TenantTx,
  { brandId, createdBy }: Pick<NewModelVersion, 'brandId' | 'createdBy'>,
): Promise<{ readonly id: string }> {
  return tx
    .insertInto('model_versions')
    .values({
      organization_id: tx.organizationId,
      id: newId(),
      brand_id: brandId,
      number: 1,
      state: 'active',
      created_by: createdBy,
      activated_at: sql<Date>`clock_timestamp()`,
      activated_by: createdBy,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
}

/** Makes one version of a brand the active one, and what was active a retired one. The caller holds the brand's row. */
export async function switchActive(
  tx: TenantTx,
  { id, brandId, by }: { readonly id: string; readonly brandId: BrandId; readonly by: string },
): Promise<void> {
  // In two statements: the unique index on what is active is asked row by row.
  await sql`
    update model_versions set state = 'retired', updated_at = clock_timestamp()
    where organization_id = ${tx.organizationId} and brand_id = ${brandId} and state = 'active' and id <> ${id}
  `.execute(tx)
  await sql`
    update model_versions
    set state = 'active', activated_by = ${by}, activated_at = clock_timestamp(), updated_at = clock_timestamp()
    where organization_id = ${tx.organizationId} and id = ${id}
  `.execute(tx)
}
