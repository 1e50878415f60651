import type { RunId, ToolExecutionId } from '../base/ids.ts'
import { sql, type TenantTx } from '../db/index.ts'
import { resolveNotifications } from '../notifications/index.ts'
import type { CallEvent } from './announcements.ts'
import type { RunEnd } from './sql/finish-run.ts'

/**
 * Notifies members of a root run that asks for one of them, and resolves what a cancelled one asked. Where a run ends well
 * nothing is read or written.
 */
export async function notifyOfRun(
  tx: TenantTx,
  runId: RunId,
  { status, errorCode }: { readonly status: RunEnd['status']; readonly errorCode: string | undefined },
): Promise<void> {
  if (status === 'cancelled')
    return resolveNotifications(tx, ['approval_requested', 'run_failed', 'run_needs_attention'], runId)
  if (status !== 'failed' && status !== 'needs_attention') return
  await sql`
    select tell_members(${`run_${status}`}::notification_kind, id,
      jsonb_strip_nulls(jsonb_build_object('agent', agent, 'intent', intent, 'errorCode', ${errorCode ?? null}::text)))
    from agent_runs
    where organization_id = ${tx.organizationId} and id = ${runId} and parent_run_id is null
      -- The eval tells what came of each of its cases.
      and requested_by not like 'eval:%'
  `.execute(tx)
}

/** Likewise of a call. A tree that asks often is one thing to look at, until none of its calls asks any more. */
export async function notifyOfCall(tx: TenantTx, type: CallEvent, executionId: ToolExecutionId): Promise<void> {
  const isUnknown = type === 'tool_execution.unknown' || type === 'tool_execution.settled'
  const kind = isUnknown ? 'effect_unknown' : 'approval_requested'
  if (type === 'tool_execution.unknown' || type === 'approval.requested') {
    await sql`
      select tell_members(${kind}::notification_kind, r.root_run_id,
        jsonb_build_object('agent', r.agent, 'intent', r.intent, 'tool', t.tool))
      from tool_executions t
      join agent_runs r on r.organization_id = t.organization_id and r.id = t.run_id
      where t.organization_id = ${tx.organizationId} and t.id = ${executionId}
    `.execute(tx)
    return
  }
  const { rows } = await sql<{ rootRunId: string; stillAsks: boolean }>`
    select r.root_run_id as "rootRunId", exists (
      select from agent_runs part
      join tool_executions o on o.organization_id = part.organization_id and o.run_id = part.id
      left join approvals a on a.organization_id = o.organization_id and a.tool_execution_id = o.id
      where part.organization_id = r.organization_id and part.root_run_id = r.root_run_id and o.id <> t.id
        and case when ${isUnknown}::boolean then o.status = 'unknown' else a.status = 'pending' end
    ) as "stillAsks"
    from tool_executions t
    join agent_runs r on r.organization_id = t.organization_id and r.id = t.run_id
    where t.organization_id = ${tx.organizationId} and t.id = ${executionId}
  `.execute(tx)
  const [call] = rows
  if (call && !call.stillAsks) await resolveNotifications(tx, [kind], call.rootRunId)
}
