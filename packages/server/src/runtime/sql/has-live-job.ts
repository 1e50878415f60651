import type { RunId } from '../../base/ids.ts'
import type { TenantTx } from '../../db/index.ts'

/** Whether a run has a job that is queued or in a worker's hands. */
export async function hasLiveJob(tx: TenantTx, runId: RunId): Promise<boolean> {
  const row = await tx
    .selectFrom('agent_jobs')
    .select('id')
    .where('organization_id', '=', tx.organizationId)
    .where('run_id', '=', runId)
    .where('status', 'in', ['queued', 'active'])
    .executeTakeFirst()
  return row !== undefined
}
