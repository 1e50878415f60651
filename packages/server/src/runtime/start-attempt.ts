import { withTenant } from '../db/index.ts'
import type { Attempt } from './attempt.ts'
import { budgetUseOf } from './budgets/call-uses.ts'
import { type Execution, guardedCall, inRun } from './execution.ts'
import { askGuards, holdCall } from './guards.ts'
import { findConnectionHold } from './limits/find-connection-hold.ts'
import { asksFourEyes, findHold } from './settings/policy-guards.ts'
import { type ExecutionStart, holdToolExecution, startToolExecution } from './sql/start-execution.ts'

/**
 * Writes down that an attempt of an execution begins. Where nothing can have left before, the guards are asked again, in
 * the same transaction: who says no either finds the call on record already, or is not written to. `held` is a call whose time has not
 * come: it stands as it stood, and the run is woken then.
 */
export async function startAttempt(
  attempt: Attempt,
  execution: Execution,
  {
    isGuarded,
    ...options
  }: { readonly deadlineMs: number; readonly useApproval: boolean; readonly isGuarded: boolean },
): Promise<ExecutionStart | 'held'> {
  return withTenant(attempt.runtime.database, attempt.organizationId, async (tx) => {
    const call = isGuarded ? await holdCall(tx, guardedCall(attempt, execution)) : undefined
    const denial = call && (await askGuards(tx, call))
    if (denial) return { denial }
    const heldUntil = call && (await findHold(tx, call))
    const busy = call && !heldUntil ? await findConnectionHold(tx, call) : undefined
    const until = heldUntil ?? busy?.until
    if (until) return (await holdToolExecution(tx, inRun(attempt, execution), until, busy?.error)) ? 'held' : 'lost'
    const budgetUse = isGuarded ? budgetUseOf(execution) : undefined
    const fourEyes = call !== undefined && asksFourEyes(call)
    return startToolExecution(tx, inRun(attempt, execution), { ...options, budgetUse, fourEyes })
  })
}
