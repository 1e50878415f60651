import type { BrandId } from '../../base/ids.ts'
import { sql, type TenantTx } from '../../db/index.ts'
import type { TrainingText, TuningSources } from '../spec.ts'

/** Of more, the newest are read: what a brand says today is what is to be learned. */
const mostTexts = 1_000
/** In characters; a text that is longer is read so far. */
const longestText = 200_000

/** What a brand's voice is learned from: its documents, and the pieces that people approved. */
export async function loadTexts(
  tx: TenantTx,
  { brandId, sources }: { readonly brandId: BrandId; readonly sources: TuningSources },
): Promise<readonly TrainingText[]> {
  const datasets = sources.datasetIds ? JSON.stringify(sources.datasetIds) : null
  const documents = await sql<TrainingText>`
    select d.id, d.origin = 'own' as "isQuotable",
      left(string_agg(c.text, e'\n\n' order by c.ordinal), ${longestText}::int) as text
    from documents d
    join chunks c on c.organization_id = d.organization_id and c.document_id = d.id
    where d.organization_id = ${tx.organizationId} and d.brand_id = ${brandId}
      and (${datasets}::text is null or d.dataset_id in (
        select value::uuid from jsonb_array_elements_text(${datasets}::text::jsonb)
      ))
    group by d.id, d.origin order by d.id desc limit ${mostTexts}
  `.execute(tx)
  if (!sources.approvedContent) return documents.rows
  return [...documents.rows, ...(await loadApproved(tx, brandId))]
}

/**
 * The brand's pieces that went out or will, that somebody liked as they stand, or whose run was scored well; none that
 * somebody disliked, whose run was scored badly, or that the sandbox put together. What of a tainted run's piece came from
 * outside nobody knows, so it is measured and not quoted; likewise where the run is gone.
 */
async function loadApproved(tx: TenantTx, brandId: BrandId): Promise<readonly TrainingText[]> {
  const { rows } = await sql<TrainingText>`
    with judged as (
      select c.id, c.body, c.status, coalesce(not r.tainted, false) as "isQuotable",
        coalesce(bool_or(f.verdict = 'up'), false) as liked, coalesce(bool_or(f.verdict = 'down'), false) as disliked,
        (
          select avg(value) from (
            select distinct on (s.scored_by, s.name) s.value from run_scores s
            where s.organization_id = c.organization_id and s.run_id = c.run_id and s.step_key is null
            order by s.scored_by, s.name, s.id desc
          ) newest
        ) as score
      from content c
      left join agent_runs r on r.organization_id = c.organization_id and r.id = c.run_id
      left join feedback f on f.organization_id = c.organization_id and f.content_id = c.id
        and f.withdrawn_at is null
        and f.text_hash = encode(sha256(convert_to(c.title || e'\n' || c.body, 'UTF8')), 'hex')
      where c.organization_id = ${tx.organizationId} and c.brand_id = ${brandId} and c.model not like 'sandbox:%'
      group by c.organization_id, c.id, r.tainted
    )
    select id, left(body, ${longestText}::int) as text, "isQuotable" from judged
    where not disliked and coalesce(score, 1) >= 0.5
      and (liked or status in ('scheduled', 'published') or score >= 0.75)
    order by id desc limit ${mostTexts}
  `.execute(tx)
  return rows
}

const mostOthers = 200

/** Documents of the organization's other brands: what the voice is to be told from. */
export async function loadOthers(tx: TenantTx, brandId: BrandId): Promise<readonly TrainingText[]> {
  const { rows } = await sql<TrainingText>`
    select d.id, false as "isQuotable", left(string_agg(c.text, e'\n\n' order by c.ordinal), ${longestText}::int) as text
    from documents d
    join chunks c on c.organization_id = d.organization_id and c.document_id = d.id
    where d.organization_id = ${tx.organizationId} and d.brand_id <> ${brandId}
    group by d.id order by d.id desc limit ${mostOthers}
  `.execute(tx)
  return rows
}

/** Whether each of the datasets is the brand's. */
export async function haveDatasets(
  tx: TenantTx,
  { brandId, datasetIds }: { readonly brandId: BrandId; readonly datasetIds: readonly string[] },
): Promise<boolean> {
  const rows = await tx
    .selectFrom('datasets')
    .select('id')
    .where('organization_id', '=', tx.organizationId)
    .where('brand_id', '=', brandId)
    .where('id', 'in', [...datasetIds])
    .execute()
  return rows.length === new Set(datasetIds).size
}
