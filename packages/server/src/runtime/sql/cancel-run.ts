import { asId, type RunId } from '../../base/ids.ts'
import { sql, type TenantTx } from '../../db/index.ts'
import { recordEvent } from './run-events.ts'

/**
 * Asks a run's whole tree to stop. What no worker holds is cancelled here and now; what one holds is cancelled by it,
 * when it next renews. Returns false where there is no such run or it is over.
 */
export async function cancelRun(tx: TenantTx, runId: RunId): Promise<boolean> {
  const { rows } = await sql<{ id: string; status: string }>`
    with recursive tree as (
      select id from agent_runs
      where organization_id = ${tx.organizationId} and id = ${runId}
        and status not in ('succeeded', 'cancelled')
      union all
      select child.id from agent_runs child join tree on child.parent_run_id = tree.id
      where child.organization_id = ${tx.organizationId}
    )
    update agent_runs set
      cancel_requested_at = coalesce(cancel_requested_at, now()),
      status = case when status = 'running' and lease_expires_at >= clock_timestamp() then status else 'cancelled'::run_status end,
      finished_at = case when status = 'running' and lease_expires_at >= clock_timestamp() then null else clock_timestamp() end,
      waiting_for = null, updated_at = now()
    where organization_id = ${tx.organizationId} and id in (select id from tree) and status not in ('succeeded', 'cancelled')
    returning id, status
  `.execute(tx)
  for (const row of rows.filter(({ status }) => status === 'cancelled')) {
    await recordEvent(tx, { runId: asId(row.id), type: 'run', data: { status: 'cancelled' } })
  }
  return rows.length > 0
}
