import { NeonHubError, type RecordedError } from '../base/errors.ts'
import { hashJson } from '../base/json.ts'
import { newId, type RunId } from '../base/ids.ts'
import { asStored, toJsonText, withTenant } from '../db/index.ts'
import {
  type Attempt,
  breakAttempt,
  claimKey,
  type ExecuteAttempt,
  loseLease,
  mismatch,
  onRecord,
  taint,
} from './attempt.ts'
import { parseAsked } from './find-intent.ts'
import { schemasOf } from './settings/schemas-of.ts'
import { claimRun } from './sql/claim-run.ts'
import { insertChildRun } from './sql/insert-child-run.ts'
import { agentPaused } from './start-run.ts'
import { assertNotNested, errorOf, recordStep } from './step.ts'

/** Which intent a child run is asked. */
export interface ChildCall {
  readonly agent: string
  readonly intent: string
  readonly input: unknown
  /** Handed in, because a child's attempt may run children of its own. */
  readonly executeAttempt: ExecuteAttempt
}

/**
 * Runs another agent's intent as a child, with a run and a journal of its own, under this run's holder. Its output is
 * memoized in the parent as a step; where the child waits for a person, so does the parent.
 */
export async function runChild(attempt: Attempt, key: string, call: ChildCall): Promise<unknown> {
  assertNotNested(key)
  return attempt.watch.track(async () => {
    const reused = claimKey(attempt, key)
    if (reused) return breakAttempt(attempt, reused)
    const { runtime, journal, lease } = attempt
    assertMayStart(attempt, call.agent)
    const { agent, intent, input } = parseAsked(runtime.agents, { ...call, hasBrand: lease.brandId !== undefined })
    const inputHash = hashJson(input)
    const stored = journal.children.get(key)
    if (stored && stored.inputHash !== inputHash) return breakAttempt(attempt, mismatch(attempt, key))
    const finished = journal.steps.get(key)
    // A copied step stands for a child of another run, of which only this hash says what it was asked.
    const asked = finished?.inputHash
    if (asked !== undefined && asked !== inputHash) return breakAttempt(attempt, mismatch(attempt, key))
    if (finished?.failure) throw childFailure(agent.name, finished.failure)
    if (finished) return finished.output
    if (stored?.tainted) await onRecord(attempt, () => taint(attempt))
    // A handler that went on from the failure must meet it again, until a person resumes the run.
    if (stored?.status === 'failed' && stored.error) throw childFailure(agent.name, stored.error)
    if (stored?.status === 'succeeded') {
      // The process ended between the child's last write and the parent's.
      await commitChild(attempt, { key, childRunId: stored.runId, output: stored.output })
      return stored.output
    }
    const childRunId =
      stored?.runId ??
      (await insertChild(attempt, key, {
        agent,
        intent: call.intent,
        input,
        inputHash,
        schemaHash: schemasOf(intent).hash,
      }))
    return executeChild(attempt, key, { childRunId, agent: agent.name, executeAttempt: call.executeAttempt })
  })
}

function assertMayStart({ agent }: Attempt, childAgent: string): void {
  if (agent.policy.agents?.includes(childAgent)) return
  throw new NeonHubError('runtime.policy_denied', `${agent.name} may not ask ${childAgent}`, {
    kind: 'forbidden',
    hint: `Its policy names ${agent.policy.agents?.join(', ') || 'no agents'}.`,
  })
}

async function insertChild(
  attempt: Attempt,
  key: string,
  child: Pick<Parameters<typeof insertChildRun>[1], 'agent' | 'intent' | 'input' | 'inputHash' | 'schemaHash'>,
): Promise<RunId> {
  const { lease, organizationId, runtime } = attempt
  const runId: RunId = newId()
  const written = await onRecord(attempt, () =>
    withTenant(runtime.database, organizationId, (tx) =>
      insertChildRun(tx, {
        ...child,
        runId,
        brandId: lease.brandId,
        requestedBy: `run:${lease.runId}`,
        approveAll: lease.approveAll,
        tainted: attempt.tainted,
        triesDrafts: lease.triesDrafts,
        isDryRun: lease.isDryRun,
        stubsReads: lease.stubsReads,
        overrides: lease.overrides,
        parent: { runId: lease.runId, rootRunId: lease.rootRunId, stepKey: key, fence: lease.fence },
      }),
    ),
  )
  if (written === 'made') return runId
  if (written === 'lost') return loseLease(attempt)
  throw agentPaused(child.agent.name)
}

async function executeChild(
  attempt: Attempt,
  key: string,
  {
    childRunId,
    agent,
    executeAttempt,
  }: { readonly childRunId: RunId; readonly agent: string; readonly executeAttempt: ExecuteAttempt },
): Promise<unknown> {
  const { lease, organizationId, runtime, watch } = attempt
  const childLease = await onRecord(attempt, () =>
    claimRun(runtime.database, {
      organizationId,
      runId: childRunId,
      workerId: runtime.workerId,
      leaseMs: runtime.leaseMs,
      parent: lease,
    }),
  )
  if (!childLease) return loseLease(attempt)
  const result = await onRecord(attempt, () => executeAttempt(runtime, organizationId, childLease, watch.signal))
  if (result.tainted) await onRecord(attempt, () => taint(attempt))
  switch (result.end.kind) {
    case 'succeeded':
      await commitChild(attempt, { key, childRunId, output: result.end.output })
      return asStored(toJsonText(result.end.output))
    case 'waiting':
      return watch.wait('child')
    case 'failed':
      throw childFailure(agent, result.end.error)
    case 'broken':
      return breakAttempt(attempt, errorOf(result.end.error))
    case 'lost':
      return loseLease(attempt)
    case 'cancelled':
    case 'interrupted':
      return watch.stop(result.end)
    default:
      return result.end satisfies never
  }
}

const childFailure = (agent: string, error: RecordedError) =>
  errorOf({ ...error, message: `${agent}: ${error.message}` })

async function commitChild(
  attempt: Attempt,
  { key, childRunId, output }: { readonly key: string; readonly childRunId: RunId; readonly output: unknown },
): Promise<void> {
  await recordStep(attempt, {
    key,
    kind: 'child',
    status: 'succeeded',
    inputHash: undefined,
    beganAt: performance.now(),
    output: toJsonText(output),
    childRunId,
  })
}
