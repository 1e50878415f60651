import type { RunId } from '../../base/ids.ts'
import type { TenantTx } from '../../db/index.ts'

/** Whether this holder's fence is still the newest, with the row locked until the transaction ends. */
export async function holdsFence(
  tx: TenantTx,
  { runId, fence }: { readonly runId: RunId; readonly fence: number },
): Promise<boolean> {
  const row = await tx
    .selectFrom('agent_runs')
    .select('id')
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', runId)
    .where('fence', '=', fence)
    .where('status', '=', 'running')
    .forUpdate()
    .executeTakeFirst()
  return row !== undefined
}
