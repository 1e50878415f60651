import { parseOrThrow } from '../base/parse.ts'
import { NeonHubError, recordError } from '../base/errors.ts'
import type { OrganizationId } from '../base/ids.ts'
import { withTenant } from '../db/index.ts'
import { noteTurn, workAs } from '../queue/index.ts'
import { announceRun } from './announcements.ts'
import { type Attempt, type AttemptEnd, type AttemptResult, findUnaskedKey, type RuntimeContext } from './attempt.ts'
import { parseAsked } from './find-intent.ts'
import { createIntentContext } from './intent-context.ts'
import { failInterruptedCalls } from './llm-journal.ts'
import { finishCancelling } from './sql/cancel-run.ts'
import type { RunLease } from './sql/claim-run.ts'
import { finishRun, finishSucceeded, type RunEnd } from './sql/finish-run.ts'
import { emptyJournal, loadJournal } from './sql/load-journal.ts'
import { hasDecision, requeueRun } from './sql/requeue-run.ts'
import { type AttemptOutcome, AttemptWatch, cancelReason } from './suspension.ts'

/**
 * Runs a leased run's handler once: from its journal to its end, to a wait, or to the loss of its lease, and writes what
 * became of it. `signal` ends the attempt as cancelled or lost, as its reason says.
 */
export async function executeAttempt(
  runtime: RuntimeContext,
  organizationId: OrganizationId,
  lease: RunLease,
  signal: AbortSignal,
): Promise<AttemptResult> {
  const labels = { agent: lease.agent, intent: lease.intent }
  const stopTimer = runtime.metrics.agentRunSeconds.startTimer(labels)
  const watch = new AttemptWatch(() => noteTurn(lease.rootRunId))
  const onAbort = () => void (signal.reason === cancelReason ? watch.cancel() : watch.lose())
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  try {
    const { attempt, outcome } = await runHandler(runtime, organizationId, { lease, watch })
    const end = conclude(attempt, outcome)
    const written = await writeEnd(runtime, organizationId, { lease, end })
    runtime.metrics.agentRuns.inc({ ...labels, status: written.kind })
    return { end: written, tainted: attempt?.tainted ?? lease.tainted }
  } finally {
    signal.removeEventListener('abort', onAbort)
    stopTimer()
  }
}

async function runHandler(
  runtime: RuntimeContext,
  organizationId: OrganizationId,
  { lease, watch }: { readonly lease: RunLease; readonly watch: AttemptWatch },
): Promise<{ readonly attempt: Attempt | undefined; readonly outcome: AttemptOutcome }> {
  const asked = findAsked(runtime, lease)
  if ('error' in asked) return { attempt: undefined, outcome: { kind: 'broken', error: asked.error } }
  const { agent, intent, input } = asked
  const journal =
    lease.attempt === 1 && !lease.hasCopies
      ? emptyJournal
      : await withTenant(runtime.database, organizationId, async (tx) => {
          await failInterruptedCalls(tx, lease.runId)
          return loadJournal(tx, lease.runId)
        })
  const attempt: Attempt = {
    runtime,
    organizationId,
    agent,
    lease,
    journal,
    watch,
    askedKeys: new Set(),
    connections: new Map(),
    tainted: lease.tainted,
    tainting: undefined,
  }
  const attemptMs = intent.attemptMs ?? runtime.attemptMs
  const timer = setTimeout(() => watch.expire(tookTooLong(lease, attemptMs)), attemptMs)
  const outcome = await watch.run(() =>
    workAs(lease.rootRunId, async () => {
      const output = await intent.run(createIntentContext(attempt, input, executeAttempt))
      return parseOrThrow(intent.output, output, {
        code: 'runtime.output_invalid',
        what: `The result of ${agent.name} ${lease.intent}`,
      })
    }),
  )
  clearTimeout(timer)
  return { attempt, outcome }
}

const tookTooLong = ({ agent, intent }: RunLease, attemptMs: number) =>
  new NeonHubError(
    'runtime.attempt_too_long',
    `An attempt at ${agent} ${intent} was not over after ${attemptMs / 1000} s`,
    {
      kind: 'internal',
      hint: 'What it waits for may never come. Look at its last step, then resume the run or cancel it.',
    },
  )

/** The error is what a run that waited meets where its agent was renamed or its input's schema was changed since. */
function findAsked({ agents }: RuntimeContext, lease: RunLease) {
  try {
    return parseAsked(agents, { ...lease, hasBrand: lease.brandId !== undefined })
  } catch (error) {
    return { error }
  }
}

/** A handler that returned without asking for all that is on record was changed since. */
function conclude(attempt: Attempt | undefined, outcome: AttemptOutcome): AttemptEnd {
  switch (outcome.kind) {
    case 'returned': {
      const unasked = attempt && findUnaskedKey(attempt)
      return unasked ? { kind: 'broken', error: recordError(unasked) } : { kind: 'succeeded', output: outcome.output }
    }
    case 'threw':
      return { kind: 'failed', error: recordError(outcome.error) }
    case 'broken':
      return { kind: 'broken', error: recordError(outcome.error) }
    case 'suspended':
      return { kind: 'waiting', reason: outcome.reason }
    case 'lost':
    case 'cancelled':
    case 'interrupted':
      return outcome
    default:
      return outcome satisfies never
  }
}

function toRunEnd(end: Exclude<AttemptEnd, { kind: 'lost' | 'interrupted' }>): RunEnd {
  switch (end.kind) {
    case 'succeeded':
      return { status: 'succeeded', output: end.output ?? null }
    case 'failed':
      return { status: 'failed', error: end.error }
    case 'broken':
      return { status: 'needs_attention', error: end.error }
    case 'waiting':
      return { status: 'waiting', waitingFor: end.reason }
    case 'cancelled':
      return { status: 'cancelled' }
    default:
      return end satisfies never
  }
}

const lost = { kind: 'lost' } as const
const cancelled = { kind: 'cancelled' } as const

async function writeEnd(
  runtime: RuntimeContext,
  organizationId: OrganizationId,
  { lease, end }: { readonly lease: RunLease; readonly end: AttemptEnd },
): Promise<AttemptEnd> {
  if (end.kind === 'lost' || end.kind === 'interrupted') return end
  const isRoot = lease.runId === lease.rootRunId
  if (end.kind === 'succeeded') {
    const written = await finishSucceeded(runtime.database, { organizationId, lease, isRoot, output: end.output })
    if (written !== 'heard') return written === 'written' ? end : lost
  }
  const written = await withTenant(runtime.database, organizationId, async (tx) => {
    const isHeld = await finishRun(tx, { runId: lease.runId, fence: lease.fence, end: toRunEnd(end) })
    if (!isHeld) return { end: lost }
    // A person may have cancelled after the lease was last renewed. What has succeeded all the same, has.
    if (isRoot && end.kind !== 'succeeded' && (await finishCancelling(tx, lease.runId))) return { end: cancelled }
    const goesOn = isRoot && end.kind === 'waiting' && (await hasDecision(tx, lease.runId))
    if (!goesOn) await announceRun(tx, lease.runId, toRunEnd(end))
    return { end, jobId: goesOn ? await requeueRun(tx, { runId: lease.runId, from: ['waiting'] }) : undefined }
  })
  if (written.jobId) await runtime.queue.dispatch(organizationId, written.jobId, 'agent.run')
  return written.end
}
