import { asId, type RunId } from '../../base/ids.ts'
import { sql, type TenantTx } from '../../db/index.ts'
import { announceCall, announceRun } from '../announcements.ts'
import { findRootRunId } from './find-root-run-id.ts'
import { recordEvent } from './run-events.ts'

/**
 * Asks the whole tree of a run to stop, also where the run is a child: its parent could not go on without it. What no
 * worker holds is cancelled here and now; what one holds is cancelled by it, when it next renews. Returns false where
 * there is no such run or its root is over.
 */
export async function cancelRun(tx: TenantTx, runId: RunId): Promise<boolean> {
  const rootRunId = await findRootRunId(tx, runId)
  if (!rootRunId) return false
  const { rows } = await sql<{ held: boolean }>`
    update agent_runs set cancel_requested_at = coalesce(cancel_requested_at, now()), updated_at = now()
    where organization_id = ${tx.organizationId} and id = ${rootRunId} and status not in ('succeeded', 'cancelled')
    returning status = 'running' and lease_expires_at >= clock_timestamp() as held
  `.execute(tx)
  const root = rows[0]
  if (root && !root.held) await cancelTree(tx, rootRunId)
  return root !== undefined
}

/** Cancels a tree that a person has asked to stop and nobody holds any more. False where nobody asked, or it is held. */
export async function finishCancelling(tx: TenantTx, rootRunId: RunId): Promise<boolean> {
  const { rows } = await sql`
    select from agent_runs
    where organization_id = ${tx.organizationId} and id = ${rootRunId} and cancel_requested_at is not null
      and status <> 'succeeded' and not (status = 'running' and lease_expires_at >= clock_timestamp())
    for update
  `.execute(tx)
  if (rows.length === 0) return false
  await cancelTree(tx, rootRunId)
  return true
}

/** Whether a call that was cut off had its effect, a person settles; what asked for a yes, or waited for its time, is over. */
async function cancelTree(tx: TenantTx, rootRunId: RunId): Promise<void> {
  const error = JSON.stringify({
    code: 'runtime.cancelled',
    message: 'The run was cancelled before this call was over',
    retryable: false,
  })
  const { rows: calls } = await sql<{ id: string; status: string }>`
    update tool_executions t set
      status = case
        when t.status = 'awaiting_approval' then 'expired'
        when t.status = 'planned' then 'denied'
        when t.effect = 'read' then 'failed'
        else 'unknown'
      end::tool_execution_status,
      error = ${error}::jsonb, finished_at = clock_timestamp(), not_before = null
    from agent_runs r
    where r.organization_id = t.organization_id and r.id = t.run_id and r.root_run_id = ${rootRunId}
      and t.organization_id = ${tx.organizationId}
      and (t.status in ('awaiting_approval', 'executing') or t.status = 'planned' and t.not_before is not null)
    returning t.id, t.status
  `.execute(tx)
  await sql`
    update approvals a set status = 'expired', updated_at = now()
    from agent_runs r
    where r.organization_id = a.organization_id and r.id = a.run_id and r.root_run_id = ${rootRunId}
      and a.organization_id = ${tx.organizationId} and a.status in ('pending', 'approved')
  `.execute(tx)
  const { rows } = await sql<{ id: string }>`
    update agent_runs set status = 'cancelled', finished_at = clock_timestamp(), waiting_for = null, lease_holder = null,
      lease_expires_at = null, not_before = null, budget_wait = null, updated_at = now()
    where organization_id = ${tx.organizationId} and root_run_id = ${rootRunId} and status not in ('succeeded', 'cancelled')
    returning id
  `.execute(tx)
  for (const { id } of rows) await recordEvent(tx, { runId: asId(id), type: 'run', data: { status: 'cancelled' } })
  for (const { id, status } of calls)
    if (status === 'unknown') await announceCall(tx, 'tool_execution.unknown', { executionId: asId(id) })
  if (rows.some(({ id }) => id === rootRunId)) await announceRun(tx, rootRunId, { status: 'cancelled' })
}
