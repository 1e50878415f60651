import { simulateAction } from '../connectors/index.ts'
import { asStored, type TenantTx, toJsonText, withTenant } from '../db/index.ts'
import { type Attempt, loseLease } from './attempt.ts'
import { budgetUseOf } from './budgets/call-uses.ts'
import { findRefusal } from './budgets/reserve-budgets.ts'
import { deadlineOf, type Execution, guardedCall, inRun, planned } from './execution.ts'
import { askGuards, holdCall, needsApproval } from './guards.ts'
import { findHold } from './settings/policy-guards.ts'
import { countExecution, resultOf, settleCall, simulatedResult } from './settle-call.ts'
import type { ToolResult } from './spec.ts'
import { insertToolExecution } from './sql/insert-execution.ts'
import { simulatePlanned, type Simulation } from './sql/simulate-execution.ts'

/**
 * Judges a call of a dry run as if it were to leave, and writes down what it would have been: denied, or simulated, with
 * what would have kept it. A spent budget denies it nothing: whoever tries something out need not have the money for it.
 * The guards and the budgets are asked, each call by itself, and nothing is held: no approval is asked for, no cap and no
 * budget is used.
 */
export async function simulateCall(
  attempt: Attempt,
  execution: Execution,
  { isNew }: { readonly isNew: boolean },
): Promise<ToolResult> {
  const { connection, description, tool } = execution
  const result = asStored(toJsonText(simulateAction({ ...connection, tool: tool.name, input: description.input })))
  const row = planned(attempt, execution)
  const noUse = { deadlineMs: deadlineOf(attempt).ms, budgetUse: undefined }
  const written = await withTenant(attempt.runtime.database, attempt.organizationId, async (tx) => {
    const call = await holdCall(tx, guardedCall(attempt, execution))
    const error = await askGuards(tx, call)
    if (error) {
      // One that stands already is settled as any other is.
      const isHeld = !isNew || (await insertToolExecution(tx, row, { status: 'denied', error, ...noUse }))
      return isHeld ? { denial: error } : undefined
    }
    const window = await findHold(tx, call)
    const budget = await askBudgets(tx, attempt, execution)
    const heldUntil = latest(window, budget?.heldUntil)
    const simulation: Simulation = {
      asksApproval: needsApproval(call),
      ...(heldUntil === undefined ? {} : { heldUntil: heldUntil.toISOString() }),
      ...(budget === undefined ? {} : { budget: budget.error.message }),
    }
    const isHeld = isNew
      ? await insertToolExecution(tx, row, { status: 'simulated', simulated: { result, simulation }, ...noUse })
      : await simulatePlanned(tx, inRun(attempt, execution), { result, simulation })
    return isHeld ? { denial: undefined } : undefined
  })
  if (!written) return loseLease(attempt)
  if (written.denial === undefined) {
    countExecution(attempt, execution, 'simulated')
    return simulatedResult(execution, result)
  }
  if (!isNew) return settleCall(attempt, execution, { status: 'denied', error: written.denial })
  countExecution(attempt, execution, 'denied')
  return resultOf(execution, 'denied', undefined, written.denial)
}

async function askBudgets(tx: TenantTx, { lease }: Attempt, execution: Execution) {
  const use = budgetUseOf(execution)
  if (!use) return undefined
  const { uses, isSandbox } = use
  return findRefusal(tx, { callId: execution.id, kind: 'tool_execution', uses, runId: lease.runId, isSandbox })
}

const latest = (...moments: readonly (Date | undefined)[]) =>
  moments.reduce((last, moment) => (moment && (!last || moment > last) ? moment : last), undefined)
