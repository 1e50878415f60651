import { NeonHubError } from '../base/errors.ts'
import { callGroup, isOutage, toJsonText, withTenant } from '../db/index.ts'
import { type Attempt, breakAttempt, loseLease, mismatch } from './attempt.ts'
import type { RunSignal } from './spec.ts'
import { type Done, type FinishedStep, memoize, stepItem } from './step.ts'
import { enterWait, type Wait } from './sql/waits.ts'

const mostMs = 366 * 86_400_000
const usualMs = 30 * 86_400_000

/** Waits for a time as a step, and holds no process meanwhile. Throws `runtime.wait_invalid`. */
export function sleep(
  attempt: Attempt,
  key: string,
  length: { readonly ms: number } | { readonly until: Date },
): Promise<void> {
  const untilMs = 'until' in length ? length.until.getTime() : undefined
  const wait: Wait = 'ms' in length ? { ms: length.ms } : { untilMs: length.until.getTime() }
  return waitFor(attempt, key, { wait, input: { untilMs, ms: 'ms' in length ? length.ms : undefined } })
}

/** Waits for an event as a step; null where none came in time. */
export function waitForEvent(
  attempt: Attempt,
  key: string,
  { event, timeoutMs = usualMs }: { readonly event: string; readonly timeoutMs?: number },
): Promise<RunSignal | null> {
  return waitFor(attempt, key, { wait: { ms: timeoutMs, event }, input: { event, timeoutMs } })
}

async function waitFor<Result>(
  attempt: Attempt,
  key: string,
  { wait, input }: { readonly wait: Wait; readonly input: unknown },
): Promise<Result> {
  assertLength(key, wait)
  return memoize<Result>(attempt, key, { input, finish: (step) => finishWait(attempt, step, wait) })
}

function assertLength(key: string, { ms, untilMs }: Wait): void {
  const length = ms ?? (untilMs ?? Number.NaN) - Date.now()
  // A moment that lies back is over, and no mistake.
  if (length <= mostMs && (ms === undefined || ms >= 0)) return
  throw new NeonHubError('runtime.wait_invalid', `"${key}" cannot wait for ${length} ms`, {
    kind: 'internal',
    hint: 'A run waits for at most 366 days.',
  })
}

/** One transaction: what the wait was over for is taken where the step that says so is written. */
async function finishWait(attempt: Attempt, step: FinishedStep, wait: Wait): Promise<Done> {
  const { lease, organizationId, runtime } = attempt
  try {
    const entered = await withTenant(runtime.database, organizationId, async (tx) => {
      const found = await enterWait(tx, { lease, key: step.key, wait })
      if (found.kind !== 'over') return found
      const text = toJsonText(found.signal ?? null)
      const record = { ...step, kind: 'step', status: 'succeeded', output: text } as const
      const [sequence] = await callGroup(tx, 'record_steps', { organizationId, items: [stepItem(attempt, record)] })
      return sequence === undefined ? ({ kind: 'lost' } as const) : { ...found, text }
    })
    switch (entered.kind) {
      case 'lost':
        return await loseLease(attempt)
      case 'changed':
        return await breakAttempt(attempt, mismatch(attempt, step.key))
      case 'waiting':
        return await attempt.watch.wait(wait.event === undefined ? 'time' : 'event')
      case 'over':
        // The mark stands in the same transaction.
        if (entered.signal) attempt.tainted = true
        return { text: 'text' in entered ? entered.text : 'null', commit: async () => {} }
      default:
        return entered satisfies never
    }
  } catch (error) {
    if (isOutage(error)) return attempt.watch.stop({ kind: 'interrupted', error })
    throw error
  }
}
