import type { BrandId, JobId } from '../../base/ids.ts'
import { sql, type TenantTx } from '../../db/index.ts'
import { addJob } from '../../queue/index.ts'
import { findSearchSpace } from '../sql/find-search-space.ts'
import { lockReembedding } from '../sql/lock-reembedding.ts'

/** Whose vectors a brand is to have. */
export interface EmbeddingModelName {
  readonly provider: string
  readonly model: string
}

/**
 * Sends a brand on its way to an embedding model, unless it is there or on it. One that was on its way to another turns
 * round, also back to where it came from. Returns the job to dispatch, if there is a new one.
 */
export async function startReembedding(
  tx: TenantTx,
  { brandId, to }: { readonly brandId: BrandId; readonly to: EmbeddingModelName },
): Promise<JobId | undefined> {
  // Two that start at once: the second finds what the first wrote.
  await sql`
    select from brands where organization_id = ${tx.organizationId} and id = ${brandId} for update
  `.execute(tx)
  const searched = await findSearchSpace(tx, brandId)
  if (!searched) return undefined
  const way = await lockReembedding(tx, brandId)
  if (!way && isSame(searched, to)) return undefined
  if (way && isSame(way, to) && way.hasJob) return undefined
  if (!way || !isSame(way, to)) {
    await sql`
      insert into reembeddings (organization_id, brand_id, provider, model)
      values (${tx.organizationId}, ${brandId}, ${to.provider}, ${to.model})
      on conflict (organization_id, brand_id) do update set
        provider = excluded.provider, model = excluded.model, embedding_space_id = null, switched_at = null,
        created_at = now()
    `.execute(tx)
  }
  return addReembeddingJob(tx, { brandId })
}

/** Goes on with a brand's way that no job carries on. Returns the job to dispatch, if there is a new one. */
export async function resumeReembedding(tx: TenantTx, brandId: BrandId): Promise<JobId | undefined> {
  const way = await lockReembedding(tx, brandId)
  return way && !way.hasJob ? addReembeddingJob(tx, { brandId }) : undefined
}

/** Adds the job that carries a brand's way on, and names it there. */
export async function addReembeddingJob(
  tx: TenantTx,
  { brandId, runAt }: { readonly brandId: BrandId; readonly runAt?: Date },
): Promise<JobId> {
  const jobId = await addJob(tx, { queue: 'intake.embed', payload: { brandId }, ...(runAt ? { runAt } : {}) })
  await sql`
    update reembeddings set job_id = ${jobId}, updated_at = now()
    where organization_id = ${tx.organizationId} and brand_id = ${brandId}
  `.execute(tx)
  return jobId
}

const isSame = (one: EmbeddingModelName, other: EmbeddingModelName) =>
  one.provider === other.provider && one.model === other.model
