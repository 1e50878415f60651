import { NeonHubError, recordError } from '../base/errors.ts'
import { hashJson } from '../base/json.ts'
import type { ToolDescription } from '../connectors/index.ts'
import { withTenant } from '../db/index.ts'
import { type Attempt, loseLease } from './attempt.ts'
import { approvalOf, deadlineOf, type Execution, guardedCall, inRun, planned } from './execution.ts'
import { holdCall, needsApproval } from './guards.ts'
import { type ExecutionOutcome, findEarlierCall, makeCall } from './make-call.ts'
import { resultOf, settleCall, simulatedResult } from './settle-call.ts'
import type { ToolResult } from './spec.ts'
import { asksFourEyes } from './settings/policy-guards.ts'
import { startAttempt } from './start-attempt.ts'
import type { StoredExecution } from './sql/load-journal.ts'
import { getSendingRemainingMs } from './sql/end-execution.ts'
import { askAgain, replanToolExecution } from './sql/replan-execution.ts'

/** Goes on with an execution that an earlier attempt left, by the state it was left in. */
export async function goOnWithCall(
  attempt: Attempt,
  execution: Execution,
  stored: StoredExecution,
): Promise<ToolResult> {
  switch (stored.status) {
    case 'succeeded':
    case 'failed':
    case 'denied':
    case 'expired':
      return resultOf(execution, stored.status, stored.result, stored.error)
    case 'simulated':
      return simulatedResult(execution, stored.result)
    case 'unknown':
      return attempt.watch.wait('unknown_effect')
    case 'awaiting_approval':
      return goOnApproved(attempt, execution, stored)
    case 'planned':
      return goOnPlanned(attempt, execution, stored)
    case 'executing':
      return recover(attempt, execution, stored)
    default:
      return stored.status satisfies never
  }
}

/**
 * Whether a call that has not left would say the same, from an account that was set anew since: a new token, another
 * server, the sandbox.
 */
export function hasNewAccountOnly(stored: StoredExecution, { input }: ToolDescription): boolean {
  const hasNotLeft = stored.status === 'planned' || stored.status === 'awaiting_approval'
  return hasNotLeft && hashJson(stored.arguments) === hashJson(input)
}

/** Whether another run made this very call: its account may have been set anew since, and nothing leaves again. */
export const isCopyOfSame = (stored: StoredExecution, { input }: ToolDescription): boolean =>
  stored.isCopied && hashJson(stored.arguments) === hashJson(input)

/** A yes was to the account of before: where one was asked for, it is asked for again. */
export async function goOnWithNewAccount(
  attempt: Attempt,
  execution: Execution,
  stored: StoredExecution,
): Promise<ToolResult> {
  const isHeld = await withTenant(attempt.runtime.database, attempt.organizationId, (tx) =>
    replanToolExecution(tx, planned(attempt, execution)),
  )
  if (!isHeld) return loseLease(attempt)
  return goOnPlanned(attempt, execution, { approval: stored.approval && 'expired' })
}

async function goOnApproved(attempt: Attempt, execution: Execution, stored: StoredExecution): Promise<ToolResult> {
  switch (stored.approval) {
    case 'approved':
      return start(attempt, execution, { useApproval: true, isGuarded: true })
    case 'denied':
      return settleCall(attempt, execution, { status: 'denied', error: deniedByPerson })
    case 'expired':
      return settleCall(attempt, execution, { status: 'expired', error: approvalExpired })
    default:
      return attempt.watch.wait('approval')
  }
}

/** Tried again after a failure without an effect: an unspent yes still holds, any other is asked for again. */
async function goOnPlanned(
  attempt: Attempt,
  execution: Execution,
  stored: Pick<StoredExecution, 'approval'>,
): Promise<ToolResult> {
  if (stored.approval === 'approved') return start(attempt, execution, { useApproval: true, isGuarded: true })
  const asked = await withTenant(attempt.runtime.database, attempt.organizationId, async (tx) => {
    const call = await holdCall(tx, guardedCall(attempt, execution))
    if (stored.approval === undefined && !needsApproval(call)) return 'go'
    const approval = approvalOf(attempt, execution, { fourEyes: asksFourEyes(call) })
    if (!(await askAgain(tx, inRun(attempt, execution), approval))) return 'lost'
    return approval.approvedBy === undefined ? 'asked' : 'go'
  })
  if (asked === 'lost') return loseLease(attempt)
  if (asked === 'asked') return attempt.watch.wait('approval')
  return start(attempt, execution, { useApproval: false, isGuarded: true })
}

/**
 * `isGuarded`: days may lie between the first question and this start, and who unsubscribed since is not written to.
 * A call that an earlier attempt may have made already is not asked about: a no would leave its outcome untold.
 */
async function start(
  attempt: Attempt,
  execution: Execution,
  { useApproval, isGuarded }: { readonly useApproval: boolean; readonly isGuarded: boolean },
): Promise<ToolResult> {
  const deadline = deadlineOf(attempt)
  const started = await startAttempt(attempt, execution, { deadlineMs: deadline.ms, useApproval, isGuarded })
  if (typeof started === 'object') {
    const outcome: ExecutionOutcome =
      'denial' in started
        ? { status: 'denied', error: started.denial }
        : await makeCall(attempt, execution, { deadline, breaker: started.breaker })
    return settleCall(attempt, execution, outcome)
  }
  switch (started) {
    case 'expired':
      return settleCall(attempt, execution, { status: 'expired', error: approvalExpired })
    case 'held':
      return attempt.watch.wait('send_time')
    case 'held_by_budget':
      return attempt.watch.wait('budget')
    case 'lost':
      return loseLease(attempt)
    default:
      return started satisfies never
  }
}

/** The holder before died in mid-call: what a second call would do decides, by the class that the first was made in. */
async function recover(attempt: Attempt, execution: Execution, { effect }: StoredExecution): Promise<ToolResult> {
  switch (effect) {
    case 'read':
    case 'idempotent':
      return start(attempt, execution, { useApproval: false, isGuarded: false })
    case 'once':
      return settleCall(attempt, execution, { status: 'unknown', error: interrupted })
    case 'lookup': {
      await waitUntilNobodySends(attempt, execution)
      const earlier = await findEarlierCall(attempt, execution, deadlineOf(attempt))
      if (earlier.kind === 'found')
        return settleCall(attempt, execution, { status: 'succeeded', result: earlier.output })
      if (earlier.kind === 'absent') return start(attempt, execution, { useApproval: false, isGuarded: true })
      return settleCall(attempt, execution, { status: 'unknown', error: earlier.error })
    }
    default:
      return effect satisfies never
  }
}

async function waitUntilNobodySends(attempt: Attempt, execution: Execution): Promise<void> {
  const remainingMs = await withTenant(attempt.runtime.database, attempt.organizationId, (tx) =>
    getSendingRemainingMs(tx, inRun(attempt, execution)),
  )
  if (remainingMs > 0) await attempt.runtime.clock.sleep(remainingMs, attempt.watch.signal)
}

const deniedByPerson = recordError(
  new NeonHubError('runtime.approval_denied', 'A person said no to this call', { kind: 'forbidden' }),
)
const approvalExpired = recordError(
  new NeonHubError('runtime.approval_expired', 'Nobody decided on this call in time', {
    kind: 'forbidden',
    hint: 'Resume the run to ask again.',
  }),
)
const interrupted = recordError(
  new NeonHubError(
    'runtime.interrupted',
    'The process ended during this call, and the provider cannot be asked about it',
    {
      kind: 'internal',
      hint: 'Look at the provider, then settle the execution as succeeded or failed.',
    },
  ),
)
