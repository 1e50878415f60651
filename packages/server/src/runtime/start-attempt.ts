import type { RecordedError } from '../base/errors.ts'
import { withTenant } from '../db/index.ts'
import type { Attempt } from './attempt.ts'
import { type Execution, guardedCall, inRun } from './execution.ts'
import { askGuards } from './guards.ts'
import { type ExecutionStart, startToolExecution } from './sql/tool-executions.ts'

/**
 * Writes down that an attempt of an execution begins. Where nothing can have left before, the guards are asked again, in
 * the same transaction: who says no either finds the call on record already, or is not written to.
 */
export async function startAttempt(
  attempt: Attempt,
  execution: Execution,
  {
    isGuarded,
    ...options
  }: { readonly deadlineMs: number; readonly useApproval: boolean; readonly isGuarded: boolean },
): Promise<ExecutionStart | { readonly denial: RecordedError }> {
  return withTenant(attempt.runtime.database, attempt.organizationId, async (tx) => {
    const denial = isGuarded ? await askGuards(tx, guardedCall(attempt, execution)) : undefined
    return denial ? { denial } : startToolExecution(tx, inRun(attempt, execution), options)
  })
}
