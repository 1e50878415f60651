import { type ApprovalId, newId, type ToolExecutionId } from '../base/ids.ts'
import type { Tool, ToolDescription } from '../connectors/index.ts'
import type { Attempt } from './attempt.ts'
import type { ActionConfig } from './actions/sql/action-configs.ts'
import type { GuardedCall } from './guards.ts'
import type { OpenConnection } from './open-connection.ts'

/** An execution in hand: what the guards saw and what the call needs. */
export interface Execution {
  readonly id: ToolExecutionId
  readonly stepKey: string
  readonly tool: Tool
  readonly connection: OpenConnection
  readonly description: ToolDescription
  readonly argumentsHash: string
  /** What was fixed of the action when the arguments were made. */
  readonly config: ActionConfig
}

/** When a call must be over, as a length and as a moment of `performance.now()`, in milliseconds. */
export interface Deadline {
  readonly ms: number
  readonly at: number
}

/** A call's deadline lies inside the lease, so that a holder that stopped renewing has stopped sending too. */
const deadlineShareOfLease = 0.8

/** Counted from before the ledger's write: a process that is stopped between the two wakes up too late to send. */
export function deadlineOf({ runtime }: Attempt): Deadline {
  const ms = Math.floor(runtime.leaseMs * deadlineShareOfLease)
  return { ms, at: performance.now() + ms }
}

/** Whether a call must not leave: an effect of a dry run, and what it reads where that is asked for. */
export const isToSimulate = (
  { lease }: Pick<Attempt, 'lease'>,
  { description }: Pick<Execution, 'description'>,
): boolean => lease.isDryRun && (description.effect !== 'read' || lease.stubsReads)

/** What the guards are asked about an execution. */
export const guardedCall = (
  { agent, tainted, runtime }: Attempt,
  { id, connection, description, tool, config }: Execution,
): GuardedCall => ({
  executionId: id,
  agent: agent.name,
  policy: agent.policy,
  tool: tool.name,
  action: connection.id && {
    connectionId: connection.id,
    action: tool.name.slice(tool.connector.id.length + 1),
    version: connection.configs[0].version,
    enabled: connection.configs[0].enabled,
    isOutdated: config.version !== connection.configs[0].version,
  },
  channel: tool.action.toPeople?.channel ?? tool.connector.id,
  toPeople: tool.action.toPeople !== undefined,
  effect: description.effect,
  mode: connection.mode,
  recipients: description.recipients,
  tainted,
  masterKey: runtime.masterKey,
})

/**
 * The approval that an execution asks for; decided already where the run's requester said yes beforehand, which counts for
 * nothing where another person has to.
 */
export function approvalOf(
  { lease, runtime }: Attempt,
  { id, argumentsHash }: Execution,
  { fourEyes }: { readonly fourEyes: boolean },
) {
  const approvalId: ApprovalId = newId()
  return {
    id: approvalId,
    runId: lease.runId,
    executionId: id,
    argumentsHash,
    requestedBy: lease.requestedBy,
    ttlMs: runtime.approvalTtlMs,
    fourEyes,
    approvedBy: lease.approveAll && !fourEyes ? lease.requestedBy : undefined,
  }
}

/** Where an execution stands, under its lease's fence. */
export const inRun = ({ lease }: Attempt, { id, stepKey, tool, connection, argumentsHash }: Execution) => ({
  id,
  connectionId: connection.id,
  argumentsHash,
  stepKey,
  runId: lease.runId,
  fence: lease.fence,
  tool: tool.name,
})

/** The row of an execution as the ledger keeps it before anything has left. */
export function planned({ lease }: Attempt, { id, stepKey, tool, connection, description, argumentsHash }: Execution) {
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
