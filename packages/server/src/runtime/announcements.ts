import type { RunId, ToolExecutionId } from '../base/ids.ts'
import { compact } from '../base/compact.ts'
import type { JsonObject } from '../base/json.ts'
import { sql, type TenantTx } from '../db/index.ts'
import { announce } from '../webhooks/index.ts'
import { notifyOfCall, notifyOfRun } from './notify.ts'
import type { RunEnd } from './sql/finish-run.ts'

const runEvents = {
  succeeded: 'run.succeeded',
  failed: 'run.failed',
  needs_attention: 'run.needs_attention',
  cancelled: 'run.cancelled',
  waiting: 'run.waiting',
  queued: undefined,
} as const satisfies Record<RunEnd['status'], string | undefined>

/**
 * Tells the organization's endpoints that a run has come to rest, in the transaction that writes it. A child is a part
 * of its root and tells nothing of its own. A message of an error may hold text from outside, so only its code is told.
 * Where it asks for a person, the organization's members are notified, whether or not an endpoint listens. A dry run tells
 * no endpoint anything: what listens may act on it.
 */
export async function announceRun(
  tx: TenantTx,
  runId: RunId,
  { status, waitingFor, error }: Pick<RunEnd, 'status' | 'waitingFor' | 'error'>,
): Promise<void> {
  const type = runEvents[status]
  if (!type) return
  await notifyOfRun(tx, runId, { status, errorCode: error?.code })
  await announce(tx, type, async () => {
    const { rows } = await sql<{ agent: string; intent: string; brand: string | null }>`
      select r.agent, r.intent, b.slug as brand
      from agent_runs r left join brands b on b.organization_id = r.organization_id and b.id = r.brand_id
      where r.organization_id = ${tx.organizationId} and r.id = ${runId} and r.parent_run_id is null
        and not r.is_dry_run
    `.execute(tx)
    const [run] = rows
    return run && { runId, ...compact(run), status, ...compact({ waitingFor, errorCode: error?.code }) }
  })
}

export type CallEvent =
  | 'approval.requested'
  | 'approval.approved'
  | 'approval.denied'
  | 'approval.expired'
  | 'tool_execution.unknown'
  | 'tool_execution.settled'

/** Likewise of a call: that it asks for a person, or what a person said of it. */
export async function announceCall(
  tx: TenantTx,
  type: CallEvent,
  { executionId, ...facts }: { readonly executionId: ToolExecutionId } & JsonObject,
): Promise<void> {
  await notifyOfCall(tx, type, executionId)
  await announce(tx, type, async () => {
    const { rows } = await sql<{
      runId: string
      agent: string
      intent: string
      tool: string
      approvalId: string | null
    }>`
      select r.root_run_id as "runId", r.agent, r.intent, t.tool, a.id as "approvalId"
      from tool_executions t
      join agent_runs r on r.organization_id = t.organization_id and r.id = t.run_id
      left join approvals a on a.organization_id = t.organization_id and a.tool_execution_id = t.id
      where t.organization_id = ${tx.organizationId} and t.id = ${executionId}
    `.execute(tx)
    const [call] = rows
    return call && { toolExecutionId: executionId, ...compact(call), ...facts }
  })
}
