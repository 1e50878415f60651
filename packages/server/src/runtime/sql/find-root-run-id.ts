import { asId, type RunId } from '../../base/ids.ts'
import type { TenantTx } from '../../db/index.ts'

/** The run at the top of a run's tree, itself where it is that; undefined where there is no such run. */
export async function findRootRunId(tx: TenantTx, runId: RunId): Promise<RunId | undefined> {
  const row = await tx
    .selectFrom('agent_runs')
    .select('root_run_id')
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', runId)
    .executeTakeFirst()
  return row && asId(row.root_run_id)
}
