import { NeonHubError, type RecordedError, recordError } from '../base/errors.ts'
import { callAction, findEarlierEffect, type ToolInvocation } from '../connectors/index.ts'
import { ConnectorError } from '../connectors/spec.ts'
import { withTenant } from '../db/index.ts'
import { type Attempt, loseLease } from './attempt.ts'
import { throughBreaker } from './breakers.ts'
import { budgetUseOf } from './budgets/call-uses.ts'
import { type Deadline, type Execution, isToSimulate } from './execution.ts'
import { isChangedAction } from './guards.ts'
import { createSandboxStore } from './sandbox-store.ts'
import type { Breaker } from './sql/breakers.ts'
import { recordConnectionHealth } from './sql/connections.ts'
import { startAttempt } from './start-attempt.ts'
import { cancelReason } from './suspension.ts'

/** How an execution ended, as the ledger writes it. */
export interface ExecutionOutcome {
  readonly status: 'succeeded' | 'failed' | 'unknown' | 'denied' | 'expired'
  readonly result?: unknown
  readonly error?: RecordedError
  /** Certain, or of no matter: the provider refused, nothing was sent, or the same call may be made again. */
  readonly hadNoEffect?: boolean
  /** It failed, and another call with the same key does no harm; whether this one did something is not known. */
  readonly mayHaveHadEffect?: boolean
}

/** A start that is on record: until when the call must be over, and what its connection's breaker said. */
export interface Start {
  readonly deadline: Deadline
  readonly breaker: Breaker | undefined
}

/** What asking the provider for an earlier effect found. */
export type EarlierEffect =
  | { readonly kind: 'found'; readonly output: unknown }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unclear'; readonly error: RecordedError }

/** How long after each refusal in passing the same call is made again, within one attempt of the run. */
const retryDelaysMs = [300, 1_500]
const longestRetryMs = 5_000

/** All that leaves, and all that a provider is asked about it, is made here: the one way out, and shut to a dry run. */
function invocationOf(attempt: Attempt, execution: Execution, deadline: Deadline): ToolInvocation {
  if (isToSimulate(attempt, execution)) throw dryRun(execution)
  const { runtime, organizationId, watch } = attempt
  const { connection, tool, description, id } = execution
  return {
    tool: tool.name,
    mode: connection.mode,
    settings: connection.settings,
    credentials: connection.credentials,
    input: description.input,
    idempotencyKey: id,
    signal: AbortSignal.any([watch.signal, signalAt(deadline)]),
    fetch: runtime.fetch,
    resolveHost: runtime.resolveHost,
    clock: runtime.clock,
    store: createSandboxStore(runtime.database, { organizationId, connector: tool.connector.id }),
  }
}

const dryRun = ({ tool }: Execution) =>
  new ConnectorError('runtime.dry_run', `${tool.name} does not leave in a dry run`, {
    kind: 'internal',
    effect: 'none',
  })

function signalAt({ at }: Deadline): AbortSignal {
  const remainingMs = Math.floor(at - performance.now())
  return remainingMs > 0 ? AbortSignal.timeout(remainingMs) : AbortSignal.abort()
}

/**
 * Makes the call that the ledger has just written down. A refusal in passing that certainly had no effect is tried again
 * a little later, each time written down first; every other ending is an outcome.
 */
export async function makeCall(attempt: Attempt, execution: Execution, first: Start): Promise<ExecutionOutcome> {
  let start = first
  for (const delayMs of retryDelaysMs) {
    try {
      return await callOnce(attempt, execution, start)
    } catch (error) {
      const waitMs = isDueTwice(execution, error) ? undefined : retryWaitMs(error, delayMs)
      if (waitMs === undefined || attempt.watch.signal.aborted) return failure(attempt, execution, error)
      const isCut = await attempt.runtime.clock.sleep(waitMs, attempt.watch.signal).then(
        () => false,
        () => true,
      )
      if (isCut) return failure(attempt, execution, error)
      const { ms } = first.deadline
      const deadline = { ms, at: performance.now() + ms }
      const started = await startAttempt(attempt, execution, {
        deadlineMs: ms,
        useApproval: false,
        isGuarded: true,
      }).catch((refusal: unknown) => {
        // Nothing has left: the call fails without an effect, and is made up anew where the run is resumed.
        if (isChangedAction(refusal)) return 'changed' as const
        throw refusal
      })
      if (typeof started !== 'object') return failure(attempt, execution, error)
      if ('denial' in started) return { status: 'denied', error: started.denial }
      start = { deadline, breaker: started.breaker }
    }
  }
  try {
    return await callOnce(attempt, execution, start)
  } catch (error) {
    return failure(attempt, execution, error)
  }
}

/** How long to wait before the next try; undefined where there must be none. */
function retryWaitMs(error: unknown, delayMs: number): number | undefined {
  if (!(error instanceof ConnectorError) || !error.retryable || error.effect !== 'none') return undefined
  const waitMs = Math.max(delayMs, error.retryAfterMs ?? 0)
  return waitMs > longestRetryMs ? undefined : waitMs
}

async function callOnce(
  attempt: Attempt,
  execution: Execution,
  { deadline, breaker }: Start,
): Promise<ExecutionOutcome> {
  const { runtime } = attempt
  const { tool } = execution
  const labels = { connector: tool.connector.id, action: tool.name.slice(tool.connector.id.length + 1) }
  const stopTimer = runtime.metrics.connectorSeconds.startTimer(labels)
  try {
    const call = () => callAction(invocationOf(attempt, execution, deadline))
    const result = await throughBreaker(attempt, execution, { breaker, call })
    stopTimer({ outcome: 'succeeded' })
    return { status: 'succeeded', result }
  } catch (error) {
    stopTimer({ outcome: 'failed' })
    throw error
  }
}

/** What a failed call means for the ledger: certain, or open where a second call could repeat the effect. */
async function failure(attempt: Attempt, execution: Execution, error: unknown): Promise<ExecutionOutcome> {
  const hadNoEffect = error instanceof ConnectorError && error.effect === 'none'
  const { effect } = execution.description
  // The run changes hands, and the call with it: its next holder goes on by the class, as after a crash. Only a call that is
  // made once at most is told apart here, where it is sure that it was not made.
  if (hasChangedHands(attempt) && !(hadNoEffect && effect === 'once')) return loseLease(attempt)
  const recorded = recordError(error)
  await noteHealth(attempt, execution, error)
  if (effect === 'read')
    return { status: 'failed', error: recorded, hadNoEffect: true, mayHaveHadEffect: mayBeDue(error) }
  if (hadNoEffect) return { status: 'failed', error: recorded, hadNoEffect }
  // Another call with the same key does no harm: a resumed run makes it. A cancelled one does not.
  const isResumable = !attempt.watch.signal.aborted
  if (effect === 'idempotent' && isResumable) {
    return { status: 'failed', error: recorded, hadNoEffect: true, mayHaveHadEffect: true }
  }
  if (effect !== 'lookup') return { status: 'unknown', error: recorded }
  const ms = Math.floor(attempt.runtime.leaseMs / 2)
  const earlier = await findEarlierCall(attempt, execution, { ms, at: performance.now() + ms })
  if (earlier.kind === 'found') return { status: 'succeeded', result: earlier.output }
  // Not there yet is not the same as never: the provider may still be working on what it was sent.
  return { status: 'unknown', error: recorded }
}

/** Whether another try might have to be paid beside this one, where budgets hold it once. */
const isDueTwice = (execution: Execution, error: unknown) =>
  execution.description.effect === 'read' && budgetUseOf(execution) !== undefined && mayBeDue(error)

/** Whether a read that failed may have to be paid: it has no effect, and may have arrived before it broke off. */
const mayBeDue = (error: unknown) =>
  !(error instanceof ConnectorError) ||
  error.code === 'connectors.unexpected' ||
  (error.cause instanceof ConnectorError && error.cause.effect === 'unknown')

/** Whether the attempt was cut off by anything but a person who cancelled it: its lease is gone, or its process goes down. */
const hasChangedHands = ({ watch: { signal } }: Attempt) => signal.aborted && signal.reason !== cancelReason

/** A connection whose credentials were refused is shown as failing, with the provider's words. */
async function noteHealth(
  { organizationId, runtime }: Attempt,
  { connection }: Execution,
  error: unknown,
): Promise<void> {
  if (connection.id === undefined || !(error instanceof NeonHubError)) return
  if (error.kind !== 'unauthenticated' && error.kind !== 'forbidden') return
  const { id } = connection
  await withTenant(runtime.database, organizationId, (tx) => recordConnectionHealth(tx, { id, error: error.message }))
}

/** Asks the provider whether the effect of an earlier attempt stands there. */
export async function findEarlierCall(
  attempt: Attempt,
  execution: Execution,
  deadline: Deadline,
): Promise<EarlierEffect> {
  try {
    const output = await findEarlierEffect(invocationOf(attempt, execution, deadline))
    return output === undefined ? { kind: 'absent' } : { kind: 'found', output }
  } catch (error) {
    if (hasChangedHands(attempt)) return loseLease(attempt)
    return { kind: 'unclear', error: recordError(error) }
  }
}
