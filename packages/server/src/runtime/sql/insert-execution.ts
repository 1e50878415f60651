import type { ConnectionId, RunId, ToolExecutionId } from '../../base/ids.ts'
import { type RecordedError, recordError } from '../../base/errors.ts'
import { jsonb, sql, type TenantTx } from '../../db/index.ts'
import type { ConnectorMode } from '../../connectors/index.ts'
import type { ActionPreview, EffectClass } from '../../connectors/spec.ts'
import { type RefusedRow, tellRefusal } from '../budgets/reserve-budgets.ts'
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
    /** Undefined where it uses none. */
    readonly budgetUse: BudgetUse | undefined
  },
): Promise<WrittenExecution | undefined> {
  const write = async (
    { status, error, heldUntil, simulated }: Guarded,
    use: BudgetUse | undefined,
  ): Promise<WriteAnswer> => {
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
      uses: use?.uses,
      simulation: simulated?.simulation,
      // In an array of one, which tells null from none.
      result: simulated && [simulated.result],
    }
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
