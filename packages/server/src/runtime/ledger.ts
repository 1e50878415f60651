import { applyActionConfig } from './actions/apply-action-config.ts'
import type { ActionConfig } from './actions/sql/action-configs.ts'
import { beginCall, beginCallAtOnce } from './begin-call.ts'
import { hashJson } from '../base/json.ts'
import { NeonHubError } from '../base/errors.ts'
import { newId, type ToolExecutionId } from '../base/ids.ts'
import { describeAction, findTool, type Tool, type ToolDescription } from '../connectors/index.ts'
import { isOutage } from '../db/index.ts'
import { type Attempt, breakAttempt, claimKey, mismatch, onRecord } from './attempt.ts'
import { type Execution, isToSimulate } from './execution.ts'
import { goOnWithCall, goOnWithNewAccount, hasNewAccountOnly, isCopyOfSame } from './go-on-with-call.ts'
import { isChangedAction } from './guards.ts'
import { type OpenConnection, openConnection } from './open-connection.ts'
import type { ToolCall, ToolResult } from './spec.ts'
import type { StoredExecution } from './sql/load-journal.ts'
import { simulateCall } from './simulate-call.ts'
import { assertNotNested } from './step.ts'

/** Calls a tool through the ledger: its row is durable before the call leaves, and settled when it returns. */
export async function callTool(attempt: Attempt, key: string, call: ToolCall): Promise<ToolResult> {
  assertNotNested(key)
  return attempt.watch.track(async () => {
    const reused = claimKey(attempt, key)
    if (reused) return breakAttempt(attempt, reused)
    const tool = getTool(call.tool)
    const name = call.connection ?? tool.connector.id
    const asked = { key, call, tool, stored: attempt.journal.executions.get(key) }
    const place = `${tool.name} ${name}`
    const kept = asked.stored || attempt.lease.isDryRun ? undefined : attempt.connections.get(place)
    const early = kept && (await callAtOnce(attempt, asked, kept))
    if (early !== undefined && early !== 'ask') return early
    const connection = await onRecord(attempt, () =>
      openConnection(attempt.runtime, attempt.organizationId, {
        connector: tool.connector.id,
        action: tool.name.slice(tool.connector.id.length + 1),
        name,
        agent: attempt.agent.name,
      }),
    )
    if (connection.isLasting) attempt.connections.set(place, connection)
    return callOver(attempt, asked, { connection, isAsked: early === 'ask' })
  })
}

/** A call as the handler asks for it, and what is on record of it. */
interface AskedCall {
  readonly key: string
  readonly call: ToolCall
  readonly tool: Tool
  readonly stored: StoredExecution | undefined
}

/**
 * Makes a call over a connection that an earlier one of the attempt opened: nothing is written unless it is still as it
 * was. Returns 'ask' where it is not, or anything else may stand in the way.
 */
async function callAtOnce(
  attempt: Attempt,
  { key, call: { input }, tool }: AskedCall,
  connection: OpenConnection,
): Promise<ToolResult | 'ask'> {
  const asked = attemptOf(() => askedCall({ tool, connection, stored: undefined, input }))
  if (!asked) return 'ask'
  const { description, argumentsHash, config } = asked
  const execution: Execution = { id: newId(), stepKey: key, tool, connection, description, argumentsHash, config }
  return answering(attempt, () => beginCallAtOnce(attempt, execution))
}

async function callOver(
  attempt: Attempt,
  { key, call, tool, stored }: AskedCall,
  { connection, isAsked }: { readonly connection: OpenConnection; readonly isAsked: boolean },
): Promise<ToolResult> {
  const { config, isReconfigured, ...asked } = askedCall({ tool, connection, stored, input: call.input })
  const { description, argumentsHash } = asked
  const isSame = stored === undefined || stored.argumentsHash === argumentsHash || isCopyOfSame(stored, description)
  if (!isSame && !isReconfigured && !hasNewAccountOnly(stored, description))
    return breakAttempt(attempt, mismatch(attempt, key))
  const id: ToolExecutionId = stored?.id ?? newId()
  const execution: Execution = { id, stepKey: key, tool, connection, description, argumentsHash, config }
  return answering(attempt, async () => {
    if (isToSimulate(attempt, execution) && (!stored || stored.status === 'planned')) {
      return simulateCall(attempt, execution, { isNew: stored === undefined })
    }
    if (!stored) return beginCall(attempt, execution, { isAsked })
    return (isSame ? goOnWithCall : goOnWithNewAccount)(attempt, execution, stored)
  })
}

/**
 * Does what a call comes to once it is known. Every outcome of it is an answer: a handler that went on from an exception
 * would leave a call open. A configuration that changed in between has the whole call asked anew, as an outage does.
 */
async function answering<Result>(attempt: Attempt, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    return isOutage(error) || isChangedAction(error)
      ? attempt.watch.stop({ kind: 'interrupted', error })
      : breakAttempt(attempt, error)
  }
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
