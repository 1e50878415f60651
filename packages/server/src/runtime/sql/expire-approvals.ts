import { asId, type RunId } from '../../base/ids.ts'
import { sql, type TenantTx } from '../../db/index.ts'
import { announceCall } from '../announcements.ts'
import { recordEvent } from './run-events.ts'

/** Ends the approvals of a tree that nobody decided in time, with the root's row locked. False where there are none. */
export async function expireApprovals(tx: TenantTx, rootRunId: RunId): Promise<boolean> {
  const { rows } = await sql<{ run_id: string; id: string; step_key: string; tool: string }>`
    update approvals a set status = 'expired', updated_at = now()
    from agent_runs r, tool_executions t
    where r.organization_id = a.organization_id and r.id = a.run_id and r.root_run_id = ${rootRunId}
      and t.organization_id = a.organization_id and t.run_id = a.run_id and t.id = a.tool_execution_id
      and a.organization_id = ${tx.organizationId} and a.status = 'pending' and a.expires_at <= now()
    returning a.run_id, t.id, t.step_key, t.tool
  `.execute(tx)
  for (const { run_id: runId, id, step_key: stepKey, tool } of rows) {
    await recordEvent(tx, { runId: asId(runId), type: 'tool', data: { id, stepKey, tool, status: 'expired' } })
    await announceCall(tx, 'approval.expired', { executionId: asId(id) })
  }
  return rows.length > 0
}
