import type { BrandId } from '../../base/ids.ts'
import { sql, type TenantTx } from '../../db/index.ts'

/** A brand's way to another embedding model. */
export interface Reembedding {
  readonly provider: string
  readonly model: string
  /** Search is in the new space; the old vectors are left to be removed. */
  readonly isSwitched: boolean
  /** Whether a job that carries it on is queued or in a worker's hands. */
  readonly hasJob: boolean
}

/** The brand's way to another model, which nobody else changes until the transaction ends. Undefined where it is on none. */
export async function lockReembedding(tx: TenantTx, brandId: BrandId): Promise<Reembedding | undefined> {
  // Two statements: one that waits for a lock would not see the job that whoever held it has added.
  await sql`
    select from reembeddings where organization_id = ${tx.organizationId} and brand_id = ${brandId} for update
  `.execute(tx)
  const result = await sql<Reembedding>`
    select r.provider, r.model, r.switched_at is not null as "isSwitched",
      exists (
        select from agent_jobs j
        where j.organization_id = r.organization_id and j.id = r.job_id and j.status in ('queued', 'active')
      ) as "hasJob"
    from reembeddings r
    where r.organization_id = ${tx.organizationId} and r.brand_id = ${brandId}
  `.execute(tx)
  return result.rows[0]
}
