import { AsyncLocalStorage } from 'node:async_hooks'
import { type CallJournal, withCallJournal } from '../base/call-journal.ts'
import { NeonHubError, type RecordedError, recordError } from '../base/errors.ts'
import { hashJson, sha256 } from '../base/json.ts'
import type { RunId } from '../base/ids.ts'
import { groupItem, sql, type TenantTx, toJsonText, withTenant } from '../db/index.ts'
import { type Attempt, breakAttempt, claimKey, loseLease, mismatch, onRecord } from './attempt.ts'
import { createCallJournal } from './llm-journal.ts'
import type { PromptVersionRef } from './settings/prompt-version.ts'

/** Above this a result is kept beside the journal, so that the journal's rows stay small. */
const largestInlineBytes = 32 * 1024

/** How often a step that failed in passing is tried in one attempt of the run, and how long after each failure. */
const retryDelaysMs = [500, 2_000]
const longestRetryMs = 30_000

const currentStep = new AsyncLocalStorage<string>()

/** Refuses an operation inside of another: its record would lie about what the outer one did. */
export function assertNotNested(key: string): void {
  const outer = currentStep.getStore()
  if (outer === undefined) return
  throw new NeonHubError('runtime.nested_step', `"${key}" was called inside the step "${outer}"`, {
    kind: 'internal',
    hint: 'Call it beside the step, and hand its result in.',
  })
}

/**
 * A memoized piece of a run. Where the key is finished, its stored result is returned; otherwise `work` runs, with every
 * LLM call in it on record, and its result is committed under the lease's fence: one durable write a step.
 */
export async function runStep<Result>(
  attempt: Attempt,
  key: string,
  {
    work,
    input,
    promptVersion,
  }: {
    readonly work: () => Promise<Result>
    readonly input?: unknown
    /** Which of the organization's texts its model calls are asked. */
    readonly promptVersion?: PromptVersionRef | undefined
  },
): Promise<Result> {
  assertNotNested(key)
  return attempt.watch.track(async () => {
    const reused = claimKey(attempt, key)
    if (reused) return breakAttempt(attempt, reused)
    const inputHash = input === undefined ? undefined : hashJson(input)
    const stored = attempt.journal.steps.get(key)
    // A handler that went on from a failure must meet it again, until a person resumes the run.
    if (stored?.failure && stored.inputHash === inputHash) throw errorOf(stored.failure)
    if (stored && !stored.failure) {
      if (stored.inputHash !== inputHash) return breakAttempt(attempt, mismatch(attempt, key))
      // Written by this function as the JSON of a Result.
      return stored.output as Result
    }
    const step = { key, inputHash, startedAt: attempt.runtime.clock.now() }
    let text: string
    try {
      text = resultText(
        await withRetries(attempt, () => runRecorded(createCallJournal(attempt, key, promptVersion), key, work)),
        key,
      )
    } catch (error) {
      if (!attempt.watch.signal.aborted) await commitFailure(attempt, { ...step, error: recordError(error) })
      throw error
    }
    await commitResult(attempt, { ...step, text })
    // What a resumed run will read is what this run goes on with: a Date is a text for both.
    return JSON.parse(text)
  })
}

/** A failure on record, as it was thrown. */
export function errorOf({ code, message, hint, retryable }: RecordedError): NeonHubError {
  return new NeonHubError(code, message, { kind: 'internal', retryable, ...(hint === undefined ? {} : { hint }) })
}

/** A step whose work is a transaction inside the organization. */
export function runTransactionStep<Result>(
  attempt: Attempt,
  key: string,
  { work, input }: { readonly work: (tx: TenantTx) => Promise<Result>; readonly input?: unknown },
): Promise<Result> {
  return runStep(attempt, key, {
    input,
    work: () => withTenant(attempt.runtime.database, attempt.organizationId, work),
  })
}

function runRecorded<Result>(journal: CallJournal, key: string, work: () => Promise<Result>): Promise<Result> {
  return currentStep.run(key, () => withCallJournal(journal, work))
}

async function withRetries<Result>(attempt: Attempt, work: () => Promise<Result>): Promise<Result> {
  const { clock } = attempt.runtime
  for (const delayMs of retryDelaysMs) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof NeonHubError) || !error.retryable || attempt.watch.signal.aborted) throw error
      const waitMs = Math.max(delayMs * (0.5 + Math.random()), error.retryAfterMs ?? 0)
      if (waitMs > longestRetryMs) throw error
      await clock.sleep(waitMs, attempt.watch.signal)
    }
  }
  return work()
}

interface FinishedStep {
  readonly key: string
  readonly inputHash: string | undefined
  readonly startedAt: Date
}

async function commitResult(
  attempt: Attempt,
  { text, ...step }: FinishedStep & { readonly text: string },
): Promise<void> {
  const isLarge = Buffer.byteLength(text) > largestInlineBytes
  const payloadHash = isLarge ? sha256(text) : undefined
  if (payloadHash !== undefined) await storePayload(attempt, { hash: payloadHash, text })
  await recordStep(attempt, {
    ...step,
    kind: 'step',
    status: 'succeeded',
    output: isLarge ? undefined : text,
    payloadHash,
  })
}

function commitFailure(attempt: Attempt, step: FinishedStep & { readonly error: RecordedError }): Promise<void> {
  return recordStep(attempt, { ...step, kind: 'step', status: 'failed' })
}

function resultText(result: unknown, key: string): string {
  try {
    return toJsonText(result)
  } catch (error) {
    throw new NeonHubError('runtime.result_not_json', `The result of "${key}" cannot be written as JSON`, {
      kind: 'internal',
      cause: error,
    })
  }
}

async function storePayload(attempt: Attempt, { hash, text }: { hash: string; text: string }): Promise<void> {
  const { lease, organizationId, runtime } = attempt
  await onRecord(attempt, () =>
    withTenant(runtime.database, organizationId, (tx) =>
      tx
        .insertInto('run_payloads')
        .values({ organization_id: organizationId, run_id: lease.runId, hash, body: sql`${text}::text::jsonb` })
        .onConflict((conflict) => conflict.columns(['organization_id', 'run_id', 'hash']).doNothing())
        .execute(),
    ),
  )
}

interface StepRecord extends FinishedStep {
  readonly kind: 'step' | 'child'
  readonly status: 'succeeded' | 'failed'
  /** JSON text. */
  readonly output?: string | undefined
  readonly payloadHash?: string | undefined
  readonly childRunId?: RunId
  readonly error?: RecordedError
}

/** Writes a finished step under the fence, in a commit that it may share. A lost lease ends the attempt. */
export async function recordStep(attempt: Attempt, { output, ...record }: StepRecord): Promise<void> {
  const { lease, organizationId, runtime } = attempt
  const sequence = await onRecord(attempt, () =>
    runtime.database.groups.call<number>('record_steps', {
      organizationId,
      runId: lease.runId,
      item: groupItem(
        {
          run_id: lease.runId,
          fence: lease.fence,
          lease_ms: runtime.leaseMs,
          key: record.key,
          kind: record.kind,
          status: record.status,
          input_hash: record.inputHash,
          payload_hash: record.payloadHash,
          child_run_id: record.childRunId,
          error: record.error,
          started_at: record.startedAt,
        },
        { output },
      ),
    }),
  )
  if (sequence === undefined) await loseLease(attempt)
}
