import { applyActionConfig } from './actions/apply-action-config.ts'
import type { ActionConfig } from './actions/sql/action-configs.ts'
import { budgetUseOf } from './budgets/call-uses.ts'
import { hashJson } from '../base/json.ts'
import { NeonHubError } from '../base/errors.ts'
import { newId, type ToolExecutionId } from '../base/ids.ts'
import { describeAction, findTool, type Tool, type ToolDescription } from '../connectors/index.ts'
import { isOutage, withTenant } from '../db/index.ts'
import { type Attempt, breakAttempt, claimKey, loseLease, mismatch, onRecord } from './attempt.ts'
import { approvalOf, deadlineOf, type Execution, guardedCall, isToSimulate, planned } from './execution.ts'
import { goOnWithCall, goOnWithNewAccount, hasNewAccountOnly, isCopyOfSame } from './go-on-with-call.ts'
import { askGuards, holdCall, isChangedAction, needsApproval } from './guards.ts'
import { makeCall } from './make-call.ts'
import { type OpenConnection, openConnection } from './open-connection.ts'
import { findConnectionHold } from './limits/find-connection-hold.ts'
import { asksFourEyes, findHold } from './settings/policy-guards.ts'
import { countExecution, resultOf, settleCall } from './settle-call.ts'
import type { ToolCall, ToolResult } from './spec.ts'
import type { StoredExecution } from './sql/load-journal.ts'
import { insertToolExecution } from './sql/insert-execution.ts'
import { insertApproval } from './sql/replan-execution.ts'
import { simulateCall } from './simulate-call.ts'
import { assertNotNested } from './step.ts'

/** Calls a tool through the ledger: its row is durable before the call leaves, and settled when it returns. */
export async function callTool(attempt: Attempt, key: string, call: ToolCall): Promise<ToolResult> {
  assertNotNested(key)
  return attempt.watch.track(async () => {
    const reused = claimKey(attempt, key)
    if (reused) return breakAttempt(attempt, reused)
    const tool = getTool(call.tool)
    const connection = await onRecord(attempt, () =>
      openConnection(attempt.runtime, attempt.organizationId, {
        connector: tool.connector.id,
        action: tool.name.slice(tool.connector.id.length + 1),
        name: call.connection ?? tool.connector.id,
      }),
    )
    const stored = attempt.journal.executions.get(key)
    const { config, isReconfigured, ...asked } = askedCall({ tool, connection, stored, input: call.input })
    const { description, argumentsHash } = asked
    const isSame = stored === undefined || stored.argumentsHash === argumentsHash || isCopyOfSame(stored, description)
    if (!isSame && !isReconfigured && !hasNewAccountOnly(stored, description))
      return breakAttempt(attempt, mismatch(attempt, key))
    const id: ToolExecutionId = stored?.id ?? newId()
    const execution: Execution = { id, stepKey: key, tool, connection, description, argumentsHash, config }
    try {
      if (isToSimulate(attempt, execution) && (!stored || stored.status === 'planned')) {
        return await simulateCall(attempt, execution, { isNew: stored === undefined })
      }
      if (!stored) return await begin(attempt, execution)
      return await (isSame ? goOnWithCall : goOnWithNewAccount)(attempt, execution, stored)
    } catch (error) {
      // From here on every outcome is an answer. A handler that went on from an exception would leave a call open.
      // A configuration that changed in between has the whole call asked anew, as an outage does.
      return isOutage(error) || isChangedAction(error)
        ? attempt.watch.stop({ kind: 'interrupted', error })
        : breakAttempt(attempt, error)
    }
  })
}

/**
 * The call with what is fixed of its action. One that has left is known for the same under the version of then; one that
 * has not is judged by the newest, and asked about again where that changes what it says (`isReconfigured`).
 */
function askedCall({
  tool,
  connection,
  stored,
  input,
}: {
  readonly tool: Tool
  readonly connection: OpenConnection
  readonly stored: StoredExecution | undefined
  readonly input: unknown
}) {
  const describe = (config: ActionConfig) => {
    const configured = applyActionConfig(input, config)
    const description = describeAction({ ...connection, tool: tool.name, input: configured })
    return { config, description, argumentsHash: hashArguments(tool, connection, description) }
  }
  const [newest, ...earlier] = connection.configs
  const isWaiting = stored?.status === 'planned' || stored?.status === 'awaiting_approval'
  const current = () => ({ ...describe(newest), isReconfigured: false })
  if (!stored) return current()
  const isStored = (candidate: ReturnType<typeof describe>) => candidate.argumentsHash === stored.argumentsHash
  const first = attemptOf(() => describe(newest))
  if (first && isStored(first)) return { ...first, isReconfigured: false }
  const before = earlier.flatMap((config) => attemptOf(() => describe(config)) ?? []).find(isStored)
  if (!before) return current()
  return isWaiting ? { ...describe(newest), isReconfigured: true } : { ...before, isReconfigured: false }
}

/** Undefined where the arguments do not fit the action under a version that may not be the one in force. */
function attemptOf<Result>(work: () => Result): Result | undefined {
  try {
    return work()
  } catch (error) {
    if (error instanceof NeonHubError && error.code === 'connectors.input_invalid') return undefined
    throw error
  }
}

function getTool(name: string): Tool {
  const tool = findTool(name)
  if (tool) return tool
  throw new NeonHubError('runtime.tool_unknown', `There is no tool named ${name}`, { kind: 'invalid' })
}

/** What an approval is bound to: the tool, the connection with its mode and account, and the parsed arguments. */
function hashArguments(tool: Tool, connection: OpenConnection, { input }: ToolDescription): string {
  return hashJson({
    tool: tool.name,
    connection: connection.id,
    mode: connection.mode,
    settings: connection.settings,
    // Left out where there is none, so that what was approved before accounts were known stays what it was.
    ...(connection.account === undefined ? {} : { account: connection.account }),
    input,
  })
}

async function begin(attempt: Attempt, execution: Execution): Promise<ToolResult> {
  const deadline = deadlineOf(attempt)
  const { approveAll } = attempt.lease
  const written = await withTenant(attempt.runtime.database, attempt.organizationId, async (tx) => {
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
      deadlineMs: deadline.ms,
      budgetUse: budgetUseOf(execution),
      ...(error === undefined ? {} : { error }),
      ...(heldUntil === undefined ? {} : { heldUntil }),
    })
    const isOpen = outcome !== undefined && outcome.status !== 'denied'
    if (isOpen && asksApproval) await insertApproval(tx, approvalOf(attempt, execution, { fourEyes }))
    return outcome
  })
  if (!written) return loseLease(attempt)
  countExecution(attempt, execution, written.status)
  if (written.status === 'denied') return resultOf(execution, 'denied', undefined, written.error)
  if (written.status === 'awaiting_approval') return attempt.watch.wait('approval')
  if (written.status === 'planned') return attempt.watch.wait(written.waitsForBudget ? 'budget' : 'send_time')
  return settleCall(attempt, execution, await makeCall(attempt, execution, { deadline, breaker: written.breaker }))
}
