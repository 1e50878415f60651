import type { OrganizationId } from '../../base/ids.ts'
import type { RecordedError } from '../../base/errors.ts'
import { callGroup, type Database, groupItem, sql, type TenantTx, toJsonText, withTenant } from '../../db/index.ts'
import type { CallCosts } from '../budgets/call-uses.ts'
import { announceCall } from '../announcements.ts'
import { sourcesOf, toolExecutionTransitions } from '../transitions.ts'
import type { ExecutionKey } from './execution-key.ts'

/** How an attempt of a call came out. */
export interface ExecutionEnd {
  readonly status: 'succeeded' | 'failed' | 'unknown' | 'denied' | 'expired'
  readonly result?: unknown
  readonly error?: RecordedError
  readonly keepsApproval?: boolean
  readonly mayHaveHadEffect?: boolean
  /** Of one that had its effect, or may have had it. */
  readonly costs?: CallCosts | undefined
}

/**
 * Settles an attempt under its fence, in a commit that it may share. A failure that certainly had no effect leaves its
 * approval unspent. `alongside` is written in the same transaction, which is then the attempt's own.
 * Returns false where the lease is lost: what the provider did stands at the provider, and the next holder asks there.
 */
export async function endToolExecution(
  database: Database,
  execution: ExecutionKey & { readonly organizationId: OrganizationId; readonly fence: number },
  { alongside, ...end }: ExecutionEnd & { readonly alongside: ((tx: TenantTx) => Promise<void>) | undefined },
): Promise<boolean> {
  const { organizationId, runId, id } = execution
  const item = endItem(execution, end)
  // Nobody listens to how most calls end.
  if (!alongside && end.status !== 'unknown' && end.status !== 'expired') {
    return (await database.groups.call('end_tool_executions', { organizationId, runId, item })) !== undefined
  }
  return withTenant(database, organizationId, async (tx) => {
    const [outcome] = await callGroup(tx, 'end_tool_executions', { organizationId, items: [item] })
    if (outcome === undefined) return false
    if (end.status === 'unknown') await announceCall(tx, 'tool_execution.unknown', { executionId: id })
    if (outcome === 'approval_expired') await announceCall(tx, 'approval.expired', { executionId: id })
    await alongside?.(tx)
    return true
  })
}

const endItem = (
  { id, runId, fence, stepKey, tool }: ExecutionKey & { readonly fence: number },
  { status, result, error, keepsApproval, mayHaveHadEffect, costs }: ExecutionEnd,
) =>
  groupItem(
    {
      run_id: runId,
      fence,
      id,
      step_key: stepKey,
      tool,
      status,
      sources: sourcesOf(toolExecutionTransitions, status),
      error,
      keeps_approval: keepsApproval === true,
      is_spent: status === 'succeeded' || mayHaveHadEffect === true,
      spent: costs?.spent,
      cost_micros: costs?.cost?.micros,
      cost_currency: costs?.cost?.currency,
      ad_spend_micros: costs?.adSpend?.micros,
      ad_spend_currency: costs?.adSpend?.currency,
    },
    { result: result === undefined ? undefined : toJsonText(result) },
  )

/** Milliseconds until the earlier attempt can no longer be sending, by the database's clock; 0 when it cannot now. */
export async function getSendingRemainingMs(tx: TenantTx, execution: ExecutionKey): Promise<number> {
  const { rows } = await sql<{ remaining: number | null }>`
    select extract(epoch from deadline_at - clock_timestamp())::float8 * 1000 as remaining
    from tool_executions
    where organization_id = ${tx.organizationId} and run_id = ${execution.runId} and id = ${execution.id}
  `.execute(tx)
  return Math.max(0, rows[0]?.remaining ?? 0)
}
