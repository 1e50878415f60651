import { withTenant } from '../db/index.ts'
import { type Attempt, loseLease } from './attempt.ts'
import { budgetUseOf } from './budgets/call-uses.ts'
import { approvalOf, type Deadline, deadlineOf, type Execution, guardedCall, planned } from './execution.ts'
import { askGuards, findFreePass, holdCall, needsApproval } from './guards.ts'
import { findConnectionHold } from './limits/find-connection-hold.ts'
import { makeCall } from './make-call.ts'
import { asksFourEyes, findHold } from './settings/policy-guards.ts'
import { countExecution, resultOf, settleCall } from './settle-call.ts'
import type { ToolResult } from './spec.ts'
import { insertToolExecution, startNewExecution, type WrittenExecution } from './sql/insert-execution.ts'
import { insertApproval } from './sql/replan-execution.ts'

/** Begins a call of which nothing is on record. `isAsked`: it could not leave at once a moment ago. */
export async function beginCall(
  attempt: Attempt,
  execution: Execution,
  { isAsked }: { readonly isAsked: boolean },
): Promise<ToolResult> {
  const early = isAsked ? 'ask' : await beginCallAtOnce(attempt, execution)
  if (early !== 'ask') return early
  const deadline = deadlineOf(attempt)
  return goOnWithNew(attempt, execution, { written: await writeAsked(attempt, execution, deadline), deadline })
}

/**
 * Begins a call that nothing stands against, as most are, judged by what its connection was opened with. Returns 'ask'
 * where something does or may, or has changed since: nothing is written then.
 */
export async function beginCallAtOnce(attempt: Attempt, execution: Execution): Promise<ToolResult | 'ask'> {
  const { runtime, organizationId } = attempt
  const { policy, hasLimits, stamp } = execution.connection
  const call = { ...guardedCall(attempt, execution), organizationPolicy: policy, connectionHasLimits: hasLimits }
  const pass = findFreePass(call)
  if (!pass) return 'ask'
  const deadline = deadlineOf(attempt)
  const written = await startNewExecution(runtime.database, organizationId, {
    execution: planned(attempt, execution),
    stamp,
    pass,
    deadlineMs: deadline.ms,
    budgetUse: budgetUseOf(execution),
  })
  return written === 'ask' ? 'ask' : goOnWithNew(attempt, execution, { written, deadline })
}

/** Asks every guard, and writes down what they say. */
async function writeAsked(attempt: Attempt, execution: Execution, { ms: deadlineMs }: Deadline) {
  const { approveAll } = attempt.lease
  return withTenant(attempt.runtime.database, attempt.organizationId, async (tx) => {
    const call = await holdCall(tx, guardedCall(attempt, execution))
    const denial = await askGuards(tx, call)
    const asksApproval = !denial && needsApproval(call)
    const fourEyes = asksFourEyes(call)
    const isAsked = asksApproval && (!approveAll || fourEyes)
    // A person may decide at any hour: whether it may leave is asked again once they have.
    const window = denial || isAsked ? undefined : await findHold(tx, call)
    const busy = denial || isAsked || window ? undefined : await findConnectionHold(tx, call)
    const heldUntil = window ?? busy?.until
    const error = denial ?? busy?.error
    const status = denial ? 'denied' : isAsked ? 'awaiting_approval' : heldUntil ? 'planned' : 'executing'
    // Whatever the guards lock is locked by now; the run's row and the budgets' windows follow, in this order.
    const outcome = await insertToolExecution(tx, planned(attempt, execution), {
      status,
      deadlineMs,
      budgetUse: budgetUseOf(execution),
      ...(error === undefined ? {} : { error }),
      ...(heldUntil === undefined ? {} : { heldUntil }),
    })
    const isOpen = outcome !== undefined && outcome.status !== 'denied'
    if (isOpen && asksApproval) await insertApproval(tx, approvalOf(attempt, execution, { fourEyes }))
    return outcome
  })
}

/** Goes on with a call that was written down; `written` is undefined where the lease is lost. */
async function goOnWithNew(
  attempt: Attempt,
  execution: Execution,
  { written, deadline }: { readonly written: WrittenExecution | undefined; readonly deadline: Deadline },
): Promise<ToolResult> {
  if (!written) return loseLease(attempt)
  countExecution(attempt, execution, written.status)
  if (written.status === 'denied') return resultOf(execution, 'denied', undefined, written.error)
  if (written.status === 'awaiting_approval') return attempt.watch.wait('approval')
  if (written.status === 'planned') return attempt.watch.wait(written.waitsForBudget ? 'budget' : 'send_time')
  return settleCall(attempt, execution, await makeCall(attempt, execution, { deadline, breaker: written.breaker }))
}
