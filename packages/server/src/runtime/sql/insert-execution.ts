import type { ConnectionId, OrganizationId, RunId, ToolExecutionId } from '../../base/ids.ts'
import { type RecordedError, recordError } from '../../base/errors.ts'
import { callEntering, type Database, jsonb, sql, type TenantTx, toJsonText } from '../../db/index.ts'
import type { ConnectorMode } from '../../connectors/index.ts'
import type { ActionPreview, EffectClass } from '../../connectors/spec.ts'
import { type RefusedRow, tellRefusal } from '../budgets/reserve-budgets.ts'
import type { FreePass } from '../guards.ts'
import type { Breaker } from './breakers.ts'
import type { Simulated } from './simulate-execution.ts'

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

/** The most that a call can use of one kind of budget: messages, or micros of a currency. */
export interface CallUse {
  readonly limits: 'sends' | 'tool_cost' | 'ad_spend'
  /** Null where it is not known. */
  readonly amount: number | null
  readonly currency: string | null
}

/** What a call uses of budgets, by a sandbox account or by one that reaches somebody. */
export interface BudgetUse {
  /** At most one of a kind. */
  readonly uses: readonly CallUse[]
  readonly isSandbox: boolean
}

/** How a new execution was written, which a budget may have had a say in. */
export interface WrittenExecution {
  readonly status: 'executing' | 'awaiting_approval' | 'denied' | 'planned' | 'simulated'
  readonly error: RecordedError | undefined
  /** A budget has no room for it now. */
  readonly waitsForBudget: boolean
  /** Of the connection of one that executes; undefined where its last call went well. */
  readonly breaker: Breaker | undefined
}

/**
 * Writes a new execution that leaves at once, in one statement: where what it was judged by is what is set now, and nothing
 * on record of its recipients may be a no. Returns 'ask' where that is not so, or a budget has no room: nothing was
 * written, and who asks the guards one by one learns why. Undefined where the lease is lost.
 */
export async function startNewExecution(
  database: Database,
  organizationId: OrganizationId,
  {
    execution,
    stamp,
    pass,
    deadlineMs,
    budgetUse,
  }: {
    readonly execution: PlannedExecution
    /** Of its connection, as that was opened. */
    readonly stamp: string
    readonly pass: FreePass
  } & UseAndDeadline,
): Promise<WrittenExecution | 'ask' | undefined> {
  const asked = {
    agent: pass.agent,
    stamp,
    action: pass.action.action,
    action_version: pass.action.version,
    policy_version: pass.policyVersion,
    channel: pass.channel,
    purpose: pass.purpose,
    recipients: pass.recipients,
  }
  const row = rowOf(execution, { status: 'executing' }, { deadlineMs, budgetUse })
  const answer = await callEntering<WriteAnswer | { readonly outcome: 'ask' }>(database, 'start_tool_execution', [
    organizationId,
    toJsonText(asked),
    toJsonText(row),
    budgetUse?.isSandbox ?? false,
  ])
  if (answer?.outcome === 'written') return { ...executing, breaker: answer.breaker ?? undefined }
  return answer?.outcome === 'ask' || answer?.outcome === 'refused' ? 'ask' : undefined
}

const executing = { status: 'executing', error: undefined, waitsForBudget: false } as const

/**
 * Writes a new execution with the status that its guards gave it; `executing` starts its first attempt and its deadline,
 * unless a budget leaves it no room: it is `planned` then, or `denied` where time does not help.
 * Returns undefined where the lease is lost.
 */
export async function insertToolExecution(
  tx: TenantTx,
  execution: PlannedExecution,
  { deadlineMs, budgetUse, ...guarded }: Guarded & UseAndDeadline,
): Promise<WrittenExecution | undefined> {
  const write = async (verdict: Guarded, use: BudgetUse | undefined): Promise<WriteAnswer> => {
    const row = rowOf(execution, verdict, { deadlineMs, budgetUse: use })
    const { rows } = await sql<{ answer: WriteAnswer }>`
      select write_tool_execution(${jsonb(row)}, null, ${use?.isSandbox ?? false}) as answer
    `.execute(tx)
    return rows[0]?.answer ?? { outcome: 'lost' }
  }
  const answer = await write(guarded, guarded.status === 'executing' ? budgetUse : undefined)
  if (answer.outcome === 'lost') return undefined
  if (answer.outcome === 'written') {
    const breaker = answer.breaker ?? undefined
    return { status: guarded.status, error: guarded.error, waitsForBudget: false, breaker }
  }
  const { error, heldUntil } = await tellRefusal(tx, answer.refused, { isSandbox: budgetUse?.isSandbox ?? false })
  const refused = { status: heldUntil ? 'planned' : 'denied', error: recordError(error), heldUntil } as const
  const second = await write(refused, undefined)
  return second.outcome === 'lost'
    ? undefined
    : { status: refused.status, error: refused.error, waitsForBudget: heldUntil !== undefined, breaker: undefined }
}

interface UseAndDeadline {
  readonly deadlineMs: number
  /** Undefined where it uses none. */
  readonly budgetUse: BudgetUse | undefined
}

/** As `write_tool_execution` reads it. */
const rowOf = (
  execution: PlannedExecution,
  { status, error, heldUntil, simulated }: Guarded,
  { deadlineMs, budgetUse }: UseAndDeadline,
) => ({
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
  uses: budgetUse?.uses,
  simulation: simulated?.simulation,
  // In an array of one, which tells null from none.
  result: simulated && [simulated.result],
})

/** What the guards say of a call that is about to be written. */
interface Guarded {
  readonly status: WrittenExecution['status']
  readonly error?: RecordedError | undefined
  readonly heldUntil?: Date | undefined
  /** Of one that is `simulated`. */
  readonly simulated?: Simulated | undefined
}

type WriteAnswer =
  | { readonly outcome: 'written'; readonly breaker: Breaker | null }
  | { readonly outcome: 'lost' }
  | { readonly outcome: 'refused'; readonly refused: RefusedRow }
