import { NeonHubError, type RecordedError, recordError } from '../base/errors.ts'
import { hashJson } from '../base/json.ts'
import { type ApprovalId, newId, type ToolExecutionId } from '../base/ids.ts'
import { describeAction, findTool, type Tool, type ToolDescription } from '../connectors/index.ts'
import { isOutage, withTenant } from '../db/index.ts'
import { type Attempt, breakAttempt, claimKey, loseLease, mismatch, onRecord, taint } from './attempt.ts'
import { type OpenConnection, openConnection } from './open-connection.ts'
import { askGuards, type GuardedCall, needsApproval } from './guards.ts'
import { type Deadline, type ExecutionOutcome, findEarlierCall, makeCall } from './make-call.ts'
import type { ToolCall, ToolResult } from './spec.ts'
import { assertNotNested } from './step.ts'
import type { StoredExecution } from './sql/load-journal.ts'
import {
  askAgain,
  endToolExecution,
  getSendingRemainingMs,
  insertApproval,
  insertToolExecution,
  startToolExecution,
} from './sql/tool-executions.ts'

/** An execution in hand: what the guards saw and what the call needs. */
export interface Execution {
  readonly id: ToolExecutionId
  readonly stepKey: string
  readonly tool: Tool
  readonly connection: OpenConnection
  readonly description: ToolDescription
  readonly argumentsHash: string
}

/** A call's deadline lies inside the lease, so that a holder that stopped renewing has stopped sending too. */
const deadlineShareOfLease = 0.8

/** Counted from before the ledger's write: a process that is stopped between the two wakes up too late to send. */
function deadlineOf({ runtime }: Attempt): Deadline {
  const ms = Math.floor(runtime.leaseMs * deadlineShareOfLease)
  return { ms, at: performance.now() + ms }
}

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
        name: call.connection ?? tool.connector.id,
      }),
    )
    const description = describeAction({ ...connection, tool: tool.name, input: call.input })
    const argumentsHash = hashArguments(tool, connection, description)
    const stored = attempt.journal.executions.get(key)
    if (stored && stored.argumentsHash !== argumentsHash) return breakAttempt(attempt, mismatch(attempt, key))
    const id: ToolExecutionId = stored?.id ?? newId()
    const execution: Execution = { id, stepKey: key, tool, connection, description, argumentsHash }
    try {
      return await (stored ? goOn(attempt, execution, stored) : begin(attempt, execution))
    } catch (error) {
      // From here on every outcome is an answer. A handler that went on from an exception would leave a call open.
      return isOutage(error) ? attempt.watch.stop({ kind: 'interrupted', error }) : breakAttempt(attempt, error)
    }
  })
}

function getTool(name: string): Tool {
  const tool = findTool(name)
  if (tool) return tool
  throw new NeonHubError('runtime.tool_unknown', `There is no tool named ${name}`, { kind: 'invalid' })
}

/** What an approval is bound to: the tool, the connection with its mode, and the parsed arguments. */
function hashArguments(tool: Tool, connection: OpenConnection, { input }: ToolDescription): string {
  return hashJson({
    tool: tool.name,
    connection: connection.id,
    mode: connection.mode,
    settings: connection.settings,
    input,
  })
}

const guardedCall = ({ agent, tainted }: Attempt, { description, tool }: Execution): GuardedCall => ({
  agent: agent.name,
  policy: agent.policy,
  tool: tool.name,
  connector: tool.connector.id,
  effect: description.effect,
  recipients: description.recipients,
  tainted,
})

async function begin(attempt: Attempt, execution: Execution): Promise<ToolResult> {
  const guarded = guardedCall(attempt, execution)
  const asksApproval = needsApproval(guarded)
  const deadline = deadlineOf(attempt)
  const { approveAll } = attempt.lease
  const written = await withTenant(attempt.runtime.database, attempt.organizationId, async (tx) => {
    const denial = await askGuards(tx, guarded)
    const status = denial ? 'denied' : asksApproval && !approveAll ? 'awaiting_approval' : 'executing'
    const isHeld = await insertToolExecution(tx, planned(attempt, execution), {
      status,
      deadlineMs: deadline.ms,
      ...(denial === undefined ? {} : { error: denial }),
    })
    if (isHeld && asksApproval && !denial) await insertApproval(tx, approvalOf(attempt, execution))
    return isHeld ? { status, denial } : undefined
  })
  if (!written) return loseLease(attempt)
  countExecution(attempt, execution, written.status)
  if (written.status === 'denied') return resultOf(execution, 'denied', undefined, written.denial)
  if (written.status === 'awaiting_approval') return attempt.watch.wait('approval')
  return settle(attempt, execution, await makeCall(attempt, execution, deadline))
}

function planned({ lease }: Attempt, { id, stepKey, tool, connection, description, argumentsHash }: Execution) {
  return {
    id,
    runId: lease.runId,
    fence: lease.fence,
    stepKey,
    tool: tool.name,
    effect: description.effect,
    connectionId: connection.id,
    mode: connection.mode,
    arguments: description.input,
    argumentsHash,
    preview: description.preview,
  }
}

function approvalOf({ lease, runtime }: Attempt, { id, argumentsHash }: Execution) {
  const approvalId: ApprovalId = newId()
  return {
    id: approvalId,
    runId: lease.runId,
    executionId: id,
    argumentsHash,
    requestedBy: lease.requestedBy,
    ttlMs: runtime.approvalTtlMs,
    approvedBy: lease.approveAll ? lease.requestedBy : undefined,
  }
}

/** Goes on with an execution that an earlier attempt left, by the state it was left in. */
async function goOn(attempt: Attempt, execution: Execution, stored: StoredExecution): Promise<ToolResult> {
  switch (stored.status) {
    case 'succeeded':
    case 'failed':
    case 'denied':
    case 'expired':
      return resultOf(execution, stored.status, stored.result, stored.error)
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

async function goOnApproved(attempt: Attempt, execution: Execution, stored: StoredExecution): Promise<ToolResult> {
  switch (stored.approval) {
    case 'approved':
      return startGuarded(attempt, execution, { useApproval: true })
    case 'denied':
      return settle(attempt, execution, { status: 'denied', error: deniedByPerson })
    case 'expired':
      return settle(attempt, execution, { status: 'expired', error: approvalExpired })
    default:
      return attempt.watch.wait('approval')
  }
}

/** Tried again after a failure without an effect: an unspent yes still holds, any other is asked for again. */
async function goOnPlanned(attempt: Attempt, execution: Execution, stored: StoredExecution): Promise<ToolResult> {
  if (stored.approval === 'approved') return startGuarded(attempt, execution, { useApproval: true })
  const asksApproval = stored.approval !== undefined || needsApproval(guardedCall(attempt, execution))
  if (!asksApproval) return startGuarded(attempt, execution, { useApproval: false })
  const isAsked = await withTenant(attempt.runtime.database, attempt.organizationId, (tx) =>
    askAgain(tx, inRun(attempt, execution), approvalOf(attempt, execution)),
  )
  if (!isAsked) return loseLease(attempt)
  return attempt.lease.approveAll
    ? startGuarded(attempt, execution, { useApproval: false })
    : attempt.watch.wait('approval')
}

/** Days may lie between the first question and this start: who unsubscribed since is not written to. */
async function startGuarded(
  attempt: Attempt,
  execution: Execution,
  options: { readonly useApproval: boolean },
): Promise<ToolResult> {
  const denial = await withTenant(attempt.runtime.database, attempt.organizationId, (tx) =>
    askGuards(tx, guardedCall(attempt, execution)),
  )
  return denial ? settle(attempt, execution, { status: 'denied', error: denial }) : start(attempt, execution, options)
}

async function start(
  attempt: Attempt,
  execution: Execution,
  { useApproval }: { readonly useApproval: boolean },
): Promise<ToolResult> {
  const deadline = deadlineOf(attempt)
  const started = await withTenant(attempt.runtime.database, attempt.organizationId, (tx) =>
    startToolExecution(tx, inRun(attempt, execution), { deadlineMs: deadline.ms, useApproval }),
  )
  switch (started) {
    case 'started':
      return settle(attempt, execution, await makeCall(attempt, execution, deadline))
    case 'expired':
      return settle(attempt, execution, { status: 'expired', error: approvalExpired })
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
      return start(attempt, execution, { useApproval: false })
    case 'once':
      return settle(attempt, execution, { status: 'unknown', error: interrupted })
    case 'lookup': {
      await waitUntilNobodySends(attempt, execution)
      const earlier = await findEarlierCall(attempt, execution, deadlineOf(attempt))
      if (earlier.kind === 'found') return settle(attempt, execution, { status: 'succeeded', result: earlier.output })
      if (earlier.kind === 'absent') return start(attempt, execution, { useApproval: false })
      return settle(attempt, execution, { status: 'unknown', error: earlier.error })
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

const inRun = ({ lease }: Attempt, { id, stepKey, tool }: Execution) => ({
  id,
  stepKey,
  runId: lease.runId,
  fence: lease.fence,
  tool: tool.name,
})

/** Writes the outcome. An effect that nobody can vouch for waits for a person. */
async function settle(attempt: Attempt, execution: Execution, outcome: ExecutionOutcome): Promise<ToolResult> {
  // Text from outside reaches the handler with the result.
  if (execution.description.effect === 'read' && outcome.status === 'succeeded') await taint(attempt)
  const isHeld = await writeOutcome(attempt, execution, outcome)
  if (!isHeld) return loseLease(attempt)
  countExecution(attempt, execution, outcome.status)
  if (outcome.status === 'unknown') return attempt.watch.wait('unknown_effect')
  return resultOf(execution, outcome.status, outcome.result, outcome.error)
}

const outcomeRetriesMs = [200, 1_000]

/** The call is made, and a database that is away for a moment must not make its outcome unknown. */
async function writeOutcome(attempt: Attempt, execution: Execution, outcome: ExecutionOutcome): Promise<boolean> {
  const { clock, database } = attempt.runtime
  const write = () =>
    withTenant(database, attempt.organizationId, (tx) =>
      endToolExecution(tx, inRun(attempt, execution), {
        ...outcome,
        keepsApproval: outcome.status === 'failed' && outcome.hadNoEffect === true,
      }),
    )
  for (const retryMs of outcomeRetriesMs) {
    try {
      return await write()
    } catch (error) {
      if (!isOutage(error)) throw error
      await clock.sleep(retryMs)
    }
  }
  return write()
}

function resultOf(
  { id }: Execution,
  status: ToolResult['status'],
  output: unknown,
  error: RecordedError | undefined,
): ToolResult {
  return { id, status, output, error }
}

function countExecution({ runtime }: Attempt, { tool }: Execution, status: string): void {
  runtime.metrics.toolExecutions.inc({ tool: tool.name, status })
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
