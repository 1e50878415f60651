import { Evaluators } from '@neonhub/contract'
import { asId, type BrandId, newId } from '../../base/ids.ts'
import { jsonb, sql, type TenantTx } from '../../db/index.ts'
import type { Dataset, Evaluator } from '../spec.ts'

interface Row extends Omit<Dataset, 'brandId' | 'brand' | 'evaluators'> {
  readonly brandId: string | null
  readonly brand: string | null
  readonly evaluators: unknown
}

async function select(tx: TenantTx, where: ReturnType<typeof sql>): Promise<readonly Dataset[]> {
  const { rows } = await sql<Row>`
    select d.id, d.slug::text as slug, d.agent, d.intent, d.brand_id as "brandId", b.slug::text as brand, d.description,
      d.evaluators, d.evaluators_version as "evaluatorsVersion", d.created_by as "createdBy",
      d.created_at as "createdAt", d.updated_at as "updatedAt", (
        select count(*)::int from (
          select distinct on (c.name) c.removed from eval_cases c
          where c.organization_id = d.organization_id and c.dataset_id = d.id order by c.name, c.version desc
        ) as newest where not newest.removed
      ) as "caseCount"
    from eval_datasets d
    left join brands b on b.organization_id = d.organization_id and b.id = d.brand_id
    where d.organization_id = ${tx.organizationId} and ${where}
  `.execute(tx)
  return rows.map(({ brandId, brand, evaluators, ...row }) => ({
    ...row,
    brandId: brandId === null ? undefined : asId(brandId),
    brand: brand ?? undefined,
    evaluators: Evaluators.parse(evaluators),
  }))
}

/** The organization's data sets, by name. */
export const listDatasets = (tx: TenantTx): Promise<readonly Dataset[]> => select(tx, sql`true order by d.slug`)

/** A data set by its slug; undefined where there is none in this organization. */
export async function findDataset(tx: TenantTx, slug: string): Promise<Dataset | undefined> {
  const [dataset] = await select(tx, sql`d.slug = ${slug}::citext`)
  return dataset
}

/** Likewise, making whoever changes the data set or its cases wait for this transaction's end. */
export async function lockDataset(tx: TenantTx, slug: string): Promise<Dataset | undefined> {
  await sql`
    select from eval_datasets where organization_id = ${tx.organizationId} and slug = ${slug}::citext for update
  `.execute(tx)
  return findDataset(tx, slug)
}

/** Makes an empty data set, unless there is one of this slug. */
export async function insertDataset(
  tx: TenantTx,
  dataset: Pick<Dataset, 'slug' | 'agent' | 'intent' | 'createdBy'> & { readonly brandId: BrandId | undefined },
): Promise<void> {
  await tx
    .insertInto('eval_datasets')
    .values({
      organization_id: tx.organizationId,
      id: newId(),
      slug: dataset.slug,
      agent: dataset.agent,
      intent: dataset.intent,
      brand_id: dataset.brandId ?? null,
      created_by: dataset.createdBy,
    })
    .onConflict((conflict) => conflict.columns(['organization_id', 'slug']).doNothing())
    .execute()
}

/** Sets what is named. Other evaluators than before are another version of them. */
export async function updateDataset(
  tx: TenantTx,
  id: string,
  {
    description,
    evaluators,
  }: { readonly description?: string | undefined; readonly evaluators?: readonly Evaluator[] | undefined },
): Promise<void> {
  const set = evaluators === undefined ? sql`evaluators` : jsonb(evaluators)
  await sql`
    update eval_datasets
    set description = coalesce(${description ?? null}::text, description), evaluators = ${set},
      evaluators_version = evaluators_version + (evaluators <> ${set})::int, updated_at = now()
    where organization_id = ${tx.organizationId} and id = ${id}
  `.execute(tx)
}

export async function deleteDataset(tx: TenantTx, id: string): Promise<void> {
  await tx.deleteFrom('eval_datasets').where('organization_id', '=', tx.organizationId).where('id', '=', id).execute()
}
