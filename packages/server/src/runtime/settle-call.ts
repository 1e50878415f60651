import type { RecordedError } from '../base/errors.ts'
import { asStored, isOutage, type TenantTx, toJsonText } from '../db/index.ts'
import { recordSent } from '../people/index.ts'
import { type Attempt, loseLease, taint } from './attempt.ts'
import { costsOf } from './budgets/call-uses.ts'
import { type Execution, inRun } from './execution.ts'
import type { ExecutionOutcome } from './make-call.ts'
import type { ToolResult } from './spec.ts'
import { endToolExecution } from './sql/end-execution.ts'

/** Writes the outcome. An effect that nobody can vouch for waits for a person. */
export async function settleCall(
  attempt: Attempt,
  execution: Execution,
  outcome: ExecutionOutcome,
): Promise<ToolResult> {
  // Text from outside reaches the handler with the result.
  if (outcome.status === 'succeeded' && bringsText(execution, outcome.result)) await taint(attempt)
  const isHeld = await writeOutcome(attempt, execution, outcome)
  if (!isHeld) return loseLease(attempt)
  countExecution(attempt, execution, outcome.status)
  if (outcome.status === 'unknown') return attempt.watch.wait('unknown_effect')
  const { status, result, error } = outcome
  return resultOf(execution, status, result === undefined ? undefined : asStored(toJsonText(result)), error)
}

/** What a service tells when it is read, and what it answers in its own words where it is not. */
const bringsText = ({ description, tool }: Execution, output: unknown) =>
  description.effect === 'read' || (tool.action.answersInWords?.(output) ?? false)

const outcomeRetriesMs = [200, 1_000]

/** The call is made, and a database that is away for a moment must not make its outcome unknown. */
async function writeOutcome(attempt: Attempt, execution: Execution, outcome: ExecutionOutcome): Promise<boolean> {
  const { clock, database } = attempt.runtime
  const write = () =>
    endToolExecution(
      database,
      { ...inRun(attempt, execution), organizationId: attempt.organizationId },
      {
        ...outcome,
        keepsApproval: outcome.status === 'failed' && outcome.hadNoEffect === true,
        costs: costsOfOutcome(execution, outcome),
        alongside: timelinesOf(attempt, execution, outcome),
      },
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

/** What a call that left nobody anything to pay for came to is nothing. */
function costsOfOutcome(execution: Execution, { status, result, mayHaveHadEffect }: ExecutionOutcome) {
  if (status === 'succeeded') return costsOf(execution, result)
  return status === 'unknown' || mayHaveHadEffect ? costsOf(execution, undefined) : undefined
}

/** What goes onto the timelines of those whom a message reached, in the transaction of its outcome. */
function timelinesOf(
  { lease }: Attempt,
  { id, tool }: Execution,
  { status, result }: ExecutionOutcome,
): ((tx: TenantTx) => Promise<void>) | undefined {
  const { toPeople } = tool.action
  if (!toPeople || status !== 'succeeded') return undefined
  const sent = {
    channel: toPeople.channel,
    addresses: toPeople.reached(result),
    runId: lease.runId,
    toolExecutionId: id,
    tool: tool.name,
  }
  return (tx) => recordSent(tx, sent)
}

/** What a handler is told of an execution. */
export function resultOf(
  { id }: Execution,
  status: ToolResult['status'],
  output: unknown,
  error: RecordedError | undefined,
): ToolResult {
  return { id, status, output, error }
}

/** What a handler of a dry run is told: a success, so that it takes the path that it would, and that it is made up. */
export function simulatedResult(execution: Execution, output: unknown): ToolResult {
  return { ...resultOf(execution, 'succeeded', output, undefined), isSimulated: true }
}

/** Counts what became of an execution. */
export function countExecution({ runtime }: Attempt, { tool }: Execution, status: string): void {
  runtime.metrics.toolExecutions.inc({ tool: tool.name, status })
}
