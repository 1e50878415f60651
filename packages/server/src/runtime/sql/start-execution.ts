import type { ConnectionId, RunId, ToolExecutionId } from '../../base/ids.ts'
import { NeonHubError, type RecordedError, recordError } from '../../base/errors.ts'
import { jsonb, sql, type TenantTx } from '../../db/index.ts'
import { type BudgetRefusal, reserveUses, settleBudgets } from '../budgets/reserve-budgets.ts'
import { approvalTransitions, sourcesOf, toolExecutionTransitions } from '../transitions.ts'
import { type Breaker, passBreaker } from './breakers.ts'
import { type ExecutionKey, recordExecutionEvent } from './execution-key.ts'
import { enterRun, holdsFence } from './holds-fence.ts'
import type { BudgetUse } from './insert-execution.ts'

/** What came of starting an execution: `expired` is an approval that ran out since it was read, or is of other bytes. */
export type ExecutionStart =
  | 'lost'
  | 'expired'
  | 'held_by_budget'
  | { readonly denial: RecordedError }
  /** It has started. */
  | { readonly breaker: Breaker | undefined }

/**
 * Starts an attempt of an execution that stands already (approved, planned again, or left by a crash) under the fence.
 * An approval is used up in the same transaction; without one in force nothing is written.
 */
export async function startToolExecution(
  tx: TenantTx,
  execution: ExecutionKey & {
    readonly fence: number
    /** Of what is about to leave: an approval of other bytes is none. */
    readonly argumentsHash: string
    readonly connectionId: ConnectionId | undefined
  },
  {
    deadlineMs,
    useApproval,
    budgetUse,
    fourEyes = false,
  }: {
    readonly deadlineMs: number
    readonly useApproval: boolean
    /** Whether a yes counts only where another person gave it than the one who asked for the run. */
    readonly fourEyes?: boolean
    /** Undefined where it uses none, or where it may have left before: what it held then, it holds still. */
    readonly budgetUse: BudgetUse | undefined
  },
): Promise<ExecutionStart> {
  const entered = await enterRun(tx, execution, { limits: 'sends', callId: execution.id })
  if (!entered) return 'lost'
  const refusal = entered.hasBudgets && budgetUse ? await reserveFor(tx, execution, budgetUse) : undefined
  if (refusal) {
    const error = recordError(refusal.error)
    if (!refusal.heldUntil) return { denial: error }
    await noteHold(tx, execution, refusal.heldUntil, error)
    return 'held_by_budget'
  }
  if (useApproval && !(await useUpApproval(tx, { ...execution, fourEyes }))) {
    if (entered.hasBudgets) await settleBudgets(tx, execution.id, 0)
    return 'expired'
  }
  const updated = await tx
    .updateTable('tool_executions')
    .set({
      status: 'executing',
      attempt: sql<number>`attempt + 1`,
      fence: execution.fence,
      error: null,
      started_at: sql<Date>`clock_timestamp()`,
      deadline_at: deadline(deadlineMs),
      not_before: null,
      policy_version: policyVersionOf(tx, execution.runId),
    })
    .where('organization_id', '=', tx.organizationId)
    .where('run_id', '=', execution.runId)
    .where('id', '=', execution.id)
    .where('status', 'in', sourcesOf(toolExecutionTransitions, 'executing'))
    .executeTakeFirst()
  if (updated.numUpdatedRows === 0n) throw illegalStart(execution)
  await recordExecutionEvent(tx, execution, 'executing')
  const { connectionId } = execution
  return { breaker: connectionId && (await passBreaker(tx, connectionId, deadlineMs)) }
}

const illegalStart = ({ stepKey }: ExecutionKey) =>
  new NeonHubError('runtime.illegal_transition', `The call "${stepKey}" is over and cannot be started`, {
    kind: 'internal',
  })

/** Holds what an execution that is about to leave uses of budgets, behind the lock of its run. */
async function reserveFor(
  tx: TenantTx,
  { id, runId }: { readonly id: ToolExecutionId; readonly runId: RunId },
  { uses, isSandbox }: BudgetUse,
): Promise<BudgetRefusal | undefined> {
  return reserveUses(tx, { callId: id, kind: 'tool_execution', uses, runId, isSandbox })
}

/** Spends the approval of an execution: a yes to these very bytes that has not expired, by whoever may give it by now. */
async function useUpApproval(
  tx: TenantTx,
  {
    id,
    argumentsHash,
    fourEyes,
  }: { readonly id: ToolExecutionId; readonly argumentsHash: string; readonly fourEyes: boolean },
): Promise<boolean> {
  let update = tx
    .updateTable('approvals')
    .set({ status: 'used', updated_at: sql<Date>`now()` })
    .where('organization_id', '=', tx.organizationId)
    .where('tool_execution_id', '=', id)
    .where('status', 'in', sourcesOf(approvalTransitions, 'used'))
    .where('expires_at', '>', sql<Date>`now()`)
    .where('arguments_hash', '=', argumentsHash)
  if (fourEyes) update = update.where(isAnothers(tx))
  return (await update.executeTakeFirst()).numUpdatedRows > 0n
}

const isAnothers = ({ organizationId }: TenantTx) => sql<boolean>`
  person_behind(${organizationId}, decided_by) <> person_behind(${organizationId}, requested_by)
`

const deadline = (deadlineMs: number) =>
  sql<Date>`clock_timestamp() + make_interval(secs => ${deadlineMs / 1000}::float8)`

/** The policy that the guards of this transaction were asked about: they hold it until its end. */
const policyVersionOf = (tx: TenantTx, runId: RunId) => sql<number | null>`(
  select max(p.version) from agent_policies p
  join agent_runs r on r.organization_id = p.organization_id and r.agent_id = p.agent_id
  where r.organization_id = ${tx.organizationId} and r.id = ${runId}
)`

/** Keeps a call that may not leave yet until its time, as it stands; `error` says why. Returns false where the lease is lost. */
export async function holdToolExecution(
  tx: TenantTx,
  execution: ExecutionKey & { readonly fence: number },
  heldUntil: Date,
  error?: RecordedError,
): Promise<boolean> {
  if (!(await holdsFence(tx, execution))) return false
  await noteHold(tx, execution, heldUntil, error)
  return true
}

async function noteHold(tx: TenantTx, { runId, id }: ExecutionKey, heldUntil: Date, error?: RecordedError) {
  await tx
    .updateTable('tool_executions')
    .set({
      not_before: heldUntil,
      policy_version: policyVersionOf(tx, runId),
      error: error === undefined ? null : jsonb(error),
    })
    .where('organization_id', '=', tx.organizationId)
    .where('run_id', '=', runId)
    .where('id', '=', id)
    .execute()
}
