import type { ApprovalId, RunId, ToolExecutionId } from '../../base/ids.ts'
import { jsonb, sql, type TenantTx } from '../../db/index.ts'
import { announceCall } from '../announcements.ts'
import { sourcesOf, toolExecutionTransitions } from '../transitions.ts'
import { type ExecutionKey, recordExecutionEvent } from './execution-key.ts'
import { holdsFence } from './holds-fence.ts'
import type { PlannedExecution } from './insert-execution.ts'

/**
 * Writes anew what a call that has not left yet would send, and from which account. Returns false where the lease is
 * lost.
 */
export async function replanToolExecution(tx: TenantTx, execution: PlannedExecution): Promise<boolean> {
  if (!(await holdsFence(tx, execution))) return false
  await tx
    .updateTable('tool_executions')
    .set({
      effect: execution.effect,
      connection_id: execution.connectionId ?? null,
      mode: execution.mode ?? null,
      arguments: jsonb(execution.arguments),
      arguments_hash: execution.argumentsHash,
      preview: jsonb(execution.preview),
      not_before: null,
    })
    .where('organization_id', '=', tx.organizationId)
    .where('run_id', '=', execution.runId)
    .where('id', '=', execution.id)
    .where('status', 'in', ['planned', 'awaiting_approval'])
    .execute()
  return true
}

/** Makes an execution that is tried again ask for a new approval. Returns false where the lease is lost. */
export async function askAgain(
  tx: TenantTx,
  execution: ExecutionKey & { readonly fence: number },
  approval: NewApproval,
): Promise<boolean> {
  if (!(await holdsFence(tx, execution))) return false
  await insertApproval(tx, approval)
  // The yes that was given beforehand is used already, and the call starts from where it is.
  if (approval.approvedBy !== undefined) return true
  await tx
    .updateTable('tool_executions')
    .set({ status: 'awaiting_approval', not_before: null })
    .where('organization_id', '=', tx.organizationId)
    .where('run_id', '=', execution.runId)
    .where('id', '=', execution.id)
    .where('status', 'in', sourcesOf(toolExecutionTransitions, 'awaiting_approval'))
    .execute()
  await recordExecutionEvent(tx, execution, 'awaiting_approval')
  return true
}

export interface NewApproval {
  readonly id: ApprovalId
  readonly runId: RunId
  readonly executionId: ToolExecutionId
  readonly argumentsHash: string
  readonly requestedBy: string
  readonly ttlMs: number
  /** Whether the yes has to come from another person than `requestedBy` leads to. */
  readonly fourEyes: boolean
  /** The yes that was given beforehand, with the run's request. */
  readonly approvedBy: string | undefined
}

/** Asks a person: writes the approval of an execution, bound to the hash of its arguments. */
export async function insertApproval(tx: TenantTx, approval: NewApproval): Promise<void> {
  await tx
    .insertInto('approvals')
    .values({
      organization_id: tx.organizationId,
      id: approval.id,
      run_id: approval.runId,
      tool_execution_id: approval.executionId,
      arguments_hash: approval.argumentsHash,
      requested_by: approval.requestedBy,
      four_eyes: approval.fourEyes,
      expires_at: sql<Date>`now() + make_interval(secs => ${approval.ttlMs / 1000}::float8)`,
      ...(approval.approvedBy === undefined
        ? {}
        : {
            status: 'used',
            decided_by: approval.approvedBy,
            decided_at: sql<Date>`now()`,
            note: 'Approved beforehand with the run',
          }),
    })
    .onConflict((conflict) =>
      conflict.columns(['organization_id', 'tool_execution_id']).doUpdateSet({
        id: (eb) => eb.ref('excluded.id'),
        status: (eb) => eb.ref('excluded.status'),
        four_eyes: (eb) => eb.ref('excluded.four_eyes'),
        arguments_hash: (eb) => eb.ref('excluded.arguments_hash'),
        expires_at: (eb) => eb.ref('excluded.expires_at'),
        decided_by: (eb) => eb.ref('excluded.decided_by'),
        decided_at: (eb) => eb.ref('excluded.decided_at'),
        note: (eb) => eb.ref('excluded.note'),
        updated_at: sql<Date>`now()`,
      }),
    )
    .execute()
  // A yes that was given beforehand asks nobody.
  if (approval.approvedBy === undefined)
    await announceCall(tx, 'approval.requested', { executionId: approval.executionId })
}
