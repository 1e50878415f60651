import type { ApprovalId, ConnectionId, OrganizationId, RunId, ToolExecutionId } from '../../base/ids.ts'
import { NeonHubError, type RecordedError, recordError } from '../../base/errors.ts'
import {
  callGroup,
  type Database,
  groupItem,
  jsonb,
  sql,
  type TenantTx,
  toJsonText,
  withTenant,
} from '../../db/index.ts'
import type { ConnectorMode } from '../../connectors/index.ts'
import type { ActionPreview, EffectClass } from '../../connectors/spec.ts'
import { announceCall } from '../announcements.ts'
import type { ToolExecutionStatus } from '../spec.ts'
import { approvalTransitions, sourcesOf, toolExecutionTransitions } from '../transitions.ts'
import {
  type BudgetRefusal,
  type RefusedRow,
  reserveBudgets,
  settleBudgets,
  tellRefusal,
} from '../budgets/reserve-budgets.ts'
import { type Breaker, passBreaker } from './breakers.ts'
import { enterRun, holdsFence } from './holds-fence.ts'
import { recordEvent } from './run-events.ts'

/** The row of a call as it is first written: before anything has left. */
export interface PlannedExecution {
  readonly id: ToolExecutionId
  readonly runId: RunId
  readonly fence: number
  readonly stepKey: string
  readonly tool: string
  readonly effect: EffectClass
  readonly connectionId: ConnectionId | undefined
  readonly mode: ConnectorMode | undefined
  readonly arguments: unknown
  readonly argumentsHash: string
  readonly preview: ActionPreview
}

/** What a call uses of budgets: messages, of a sandbox account or of one that reaches somebody. */
export interface BudgetUse {
  readonly sends: number
  readonly isSandbox: boolean
}

/** How a new execution was written, which a budget may have had a say in. */
export interface WrittenExecution {
  readonly status: 'executing' | 'awaiting_approval' | 'denied' | 'planned'
  readonly error: RecordedError | undefined
  /** A budget has no room for it now. */
  readonly waitsForBudget: boolean
  /** Of the connection of one that executes; undefined where its last call went well. */
  readonly breaker: Breaker | undefined
}

/** Holds what an execution that is about to leave uses of budgets, behind the lock of its run. */
async function reserveFor(
  tx: TenantTx,
  { id, runId }: { readonly id: ToolExecutionId; readonly runId: RunId },
  { sends, isSandbox }: BudgetUse,
): Promise<BudgetRefusal | undefined> {
  return reserveBudgets(tx, {
    callId: id,
    kind: 'tool_execution',
    limits: 'sends',
    amount: sends,
    currency: undefined,
    runId,
    isSandbox,
  })
}

/**
 * Writes a new execution with the status that its guards gave it; `executing` starts its first attempt and its deadline,
 * unless a budget leaves it no room: it is `planned` then, or `denied` where time does not help.
 * Returns undefined where the lease is lost.
 */
export async function insertToolExecution(
  tx: TenantTx,
  execution: PlannedExecution,
  {
    deadlineMs,
    budgetUse,
    ...guarded
  }: Guarded & {
    readonly deadlineMs: number
    /** Undefined where it uses none, as reading does. */
    readonly budgetUse: BudgetUse | undefined
  },
): Promise<WrittenExecution | undefined> {
  const write = async ({ status, error, heldUntil }: Guarded, use: BudgetUse | undefined): Promise<WriteAnswer> => {
    const row = {
      id: execution.id,
      run_id: execution.runId,
      fence: execution.fence,
      step_key: execution.stepKey,
      tool: execution.tool,
      effect: execution.effect,
      connection_id: execution.connectionId,
      mode: execution.mode,
      status,
      arguments: execution.arguments,
      arguments_hash: execution.argumentsHash,
      preview: execution.preview,
      error,
      not_before: heldUntil,
      deadline_ms: deadlineMs,
    }
    const { rows } = await sql<{ answer: WriteAnswer }>`
      select write_tool_execution(${jsonb(row)}, ${use?.sends ?? null}::bigint, ${use?.isSandbox ?? false}) as answer
    `.execute(tx)
    return rows[0]?.answer ?? { outcome: 'lost' }
  }
  const answer = await write(guarded, guarded.status === 'executing' ? budgetUse : undefined)
  if (answer.outcome === 'lost') return undefined
  if (answer.outcome === 'written') {
    const breaker = answer.breaker ?? undefined
    return { status: guarded.status, error: guarded.error, waitsForBudget: false, breaker }
  }
  const { error, heldUntil } = await tellRefusal(tx, answer.refused, {
    currency: undefined,
    isSandbox: budgetUse?.isSandbox ?? false,
  })
  const refused = { status: heldUntil ? 'planned' : 'denied', error: recordError(error), heldUntil } as const
  const second = await write(refused, undefined)
  return second.outcome === 'lost'
    ? undefined
    : { status: refused.status, error: refused.error, waitsForBudget: heldUntil !== undefined, breaker: undefined }
}

/** What the guards say of a call that is about to be written. */
interface Guarded {
  readonly status: WrittenExecution['status']
  readonly error?: RecordedError | undefined
  readonly heldUntil?: Date | undefined
}

type WriteAnswer =
  | { readonly outcome: 'written'; readonly breaker: Breaker | null }
  | { readonly outcome: 'lost' }
  | { readonly outcome: 'refused'; readonly refused: RefusedRow }

const deadline = (deadlineMs: number) =>
  sql<Date>`clock_timestamp() + make_interval(secs => ${deadlineMs / 1000}::float8)`

/** The policy that the guards of this transaction were asked about: they hold it until its end. */
const policyVersionOf = (tx: TenantTx, runId: RunId) => sql<number | null>`(
  select max(p.version) from agent_policies p
  join agent_runs r on r.organization_id = p.organization_id and r.agent_id = p.agent_id
  where r.organization_id = ${tx.organizationId} and r.id = ${runId}
)`

interface ExecutionKey {
  readonly runId: RunId
  readonly id: ToolExecutionId
  readonly stepKey: string
  readonly tool: string
}

function recordExecutionEvent(tx: TenantTx, execution: ExecutionKey, status: ToolExecutionStatus): Promise<void> {
  const { id, runId, stepKey, tool } = execution
  return recordEvent(tx, { runId, type: 'tool', data: { id, stepKey, tool, status } })
}

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
  }: {
    readonly deadlineMs: number
    readonly useApproval: boolean
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
  if (useApproval && !(await useUpApproval(tx, execution))) {
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

/** Keeps a call that may not leave yet until its time, as it stands. Returns false where the lease is lost. */
export async function holdToolExecution(
  tx: TenantTx,
  execution: ExecutionKey & { readonly fence: number },
  heldUntil: Date,
): Promise<boolean> {
  if (!(await holdsFence(tx, execution))) return false
  await noteHold(tx, execution, heldUntil)
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

/** Spends the approval of an execution: a yes to these very bytes that has not expired. */
async function useUpApproval(
  tx: TenantTx,
  { id, argumentsHash }: { readonly id: ToolExecutionId; readonly argumentsHash: string },
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('approvals')
    .set({ status: 'used', updated_at: sql<Date>`now()` })
    .where('organization_id', '=', tx.organizationId)
    .where('tool_execution_id', '=', id)
    .where('status', 'in', sourcesOf(approvalTransitions, 'used'))
    .where('expires_at', '>', sql<Date>`now()`)
    .where('arguments_hash', '=', argumentsHash)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** How an attempt of a call came out. */
export interface ExecutionEnd {
  readonly status: 'succeeded' | 'failed' | 'unknown' | 'denied' | 'expired'
  readonly result?: unknown
  readonly error?: RecordedError
  readonly keepsApproval?: boolean
  readonly mayHaveHadEffect?: boolean
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
  { status, result, error, keepsApproval, mayHaveHadEffect }: ExecutionEnd,
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

export interface NewApproval {
  readonly id: ApprovalId
  readonly runId: RunId
  readonly executionId: ToolExecutionId
  readonly argumentsHash: string
  readonly requestedBy: string
  readonly ttlMs: number
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
