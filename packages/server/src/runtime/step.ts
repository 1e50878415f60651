import { AsyncLocalStorage } from 'node:async_hooks'
import { type CallJournal, withCallJournal } from '../base/call-journal.ts'
import { NeonHubError, type RecordedError, recordError } from '../base/errors.ts'
import { hashJson, sha256 } from '../base/json.ts'
import type { RunId } from '../base/ids.ts'
import { asStored, callGroup, groupItem, isOutage, sql, type TenantTx, toJsonText, withTenant } from '../db/index.ts'
import { type Attempt, breakAttempt, claimKey, loseLease, mismatch, onRecord, taint } from './attempt.ts'
import { createCallJournal } from './llm-journal.ts'
import { emptyJournal } from './sql/load-journal.ts'
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
export function runStep<Result>(
  attempt: Attempt,
  key: string,
  { work, input, promptVersion, readsOutside = false }: StepOptions & { readonly work: () => Promise<Result> },
): Promise<Result> {
  return memoize<Result>(attempt, key, {
    input,
    readsOutside,
    finish: async (step) => {
      const journal = createCallJournal(attempt, key, promptVersion)
      const text = resultText(await withRetries(attempt, () => runRecorded(journal, key, work)), key)
      return { text, commit: () => commitResult(attempt, { ...step, text }) }
    },
  })
}

interface StepOptions {
  readonly input?: unknown
  /** Which of the organization's texts its model calls are asked. */
  readonly promptVersion?: PromptVersionRef | undefined
  /** Text from outside goes into it: the run is marked before it does. */
  readonly readsOutside?: boolean
}

/** What came of a step's work: its result as JSON text, and how it comes onto record where it is not there yet. */
export interface Done {
  readonly text: string
  readonly commit: () => Promise<void>
}

/** Returns the stored result of a finished step, or has it finished; a failure is put on record and thrown. */
export async function memoize<Result>(
  attempt: Attempt,
  key: string,
  {
    input,
    readsOutside = false,
    finish,
  }: {
    readonly input: unknown
    readonly readsOutside?: boolean
    readonly finish: (step: FinishedStep) => Promise<Done>
  },
): Promise<Result> {
  assertNotNested(key)
  return attempt.watch.track(async () => {
    const reused = claimKey(attempt, key)
    if (reused) return breakAttempt(attempt, reused)
    if (readsOutside) await onRecord(attempt, () => taint(attempt))
    const inputHash = input === undefined ? undefined : hashJson(input)
    const stored = attempt.journal.steps.get(key)
    // A handler that went on from a failure must meet it again, until a person resumes the run.
    if (stored?.failure && stored.inputHash === inputHash) throw errorOf(stored.failure)
    if (stored && !stored.failure) {
      if (stored.inputHash !== inputHash) return breakAttempt(attempt, mismatch(attempt, key))
      // Written by this function as the JSON of a Result.
      return stored.output as Result
    }
    const step = { key, inputHash, beganAt: performance.now() }
    let done: Done
    try {
      done = await finish(step)
    } catch (error) {
      if (!attempt.watch.signal.aborted) await commitFailure(attempt, { ...step, error: recordError(error) })
      throw error
    }
    await done.commit()
    // What a resumed run will read is what this run goes on with: a Date is a text for both, and keys stand as they will.
    return asStored(done.text) as Result
  })
}

/** A failure on record, as it was thrown. */
export function errorOf({ code, message, hint, retryable }: RecordedError): NeonHubError {
  return new NeonHubError(code, message, { kind: 'internal', retryable, ...(hint === undefined ? {} : { hint }) })
}

/** Rolls the work of a step back: another attempt has the run. */
const leaseLost = new Error('the lease is lost')

/**
 * A step whose work is a transaction inside the organization. Its record is written in the same transaction, so that what
 * it did stands exactly where the step is finished. In a dry run what it did is taken back, and its result recorded.
 */
export function runTransactionStep<Result>(
  attempt: Attempt,
  key: string,
  { work, input }: { readonly work: (tx: TenantTx) => Promise<Result>; readonly input?: unknown },
): Promise<Result> {
  if (attempt.lease.isDryRun) return runStep(attempt, key, { input, work: () => workUndone(attempt, work) })
  return memoize<Result>(attempt, key, {
    input,
    finish: async (step) => {
      const journal = createCallJournal(attempt, key, undefined)
      const text = await withRetries(attempt, () => workOnRecord(attempt, { step, journal, work }))
      return { text, commit: async () => {} }
    },
  })
}

/** Rolls the work of a dry run back once it is done. */
const dryRunDone = new Error('a dry run leaves nothing behind')

/** Does the work in a transaction that is never committed: an article that it wrote must not be there to be published. */
async function workUndone<Result>(
  { organizationId, runtime }: Attempt,
  work: (tx: TenantTx) => Promise<Result>,
): Promise<Result> {
  let done: { readonly result: Result } | undefined
  try {
    await withTenant(runtime.database, organizationId, async (tx) => {
      done = { result: await work(tx) }
      throw dryRunDone
    })
  } catch (error) {
    if (error === dryRunDone && done) return done.result
    throw error
  }
  throw dryRunDone
}

async function workOnRecord<Result>(
  attempt: Attempt,
  {
    step,
    journal,
    work,
  }: { readonly step: FinishedStep; readonly journal: CallJournal; readonly work: (tx: TenantTx) => Promise<Result> },
): Promise<string> {
  let hasWorked = false
  try {
    return await withTenant(attempt.runtime.database, attempt.organizationId, async (tx) => {
      const text = resultText(await runRecorded(journal, step.key, () => work(tx)), step.key)
      hasWorked = true
      const record = succeeded(step, text)
      if (record.payloadHash !== undefined) await insertPayload(tx, attempt, { hash: record.payloadHash, text })
      const { organizationId } = attempt
      const [sequence] = await callGroup(tx, 'record_steps', { organizationId, items: [stepItem(attempt, record)] })
      if (sequence === undefined) throw leaseLost
      return text
    })
  } catch (error) {
    if (error === leaseLost) return loseLease(attempt)
    // Whether it stands is not known: the next attempt reads it in the journal, and this one must not do it again.
    if (hasWorked && isOutage(error)) return attempt.watch.stop({ kind: 'interrupted', error })
    throw error
  }
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

export interface FinishedStep {
  readonly key: string
  readonly inputHash: string | undefined
  /** By `performance.now()`: a wall clock may be wrong, and the database's tells the times of the journal. */
  readonly beganAt: number
}

/** The record of a step with its result, which stands beside the journal where it is large. */
function succeeded(step: FinishedStep, text: string) {
  const isLarge = Buffer.byteLength(text) > largestInlineBytes
  const common = { ...step, kind: 'step', status: 'succeeded' } as const
  return isLarge ? { ...common, payloadHash: sha256(text) } : { ...common, output: text, payloadHash: undefined }
}

async function commitResult(
  attempt: Attempt,
  { text, ...step }: FinishedStep & { readonly text: string },
): Promise<void> {
  const record = succeeded(step, text)
  const { payloadHash: hash } = record
  if (hash !== undefined) {
    const { organizationId, runtime } = attempt
    await onRecord(attempt, () =>
      withTenant(runtime.database, organizationId, (tx) => insertPayload(tx, attempt, { hash, text })),
    )
  }
  await recordStep(attempt, record)
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

async function insertPayload(
  tx: TenantTx,
  { lease }: Attempt,
  { hash, text }: { readonly hash: string; readonly text: string },
): Promise<void> {
  await tx
    .insertInto('run_payloads')
    .values({ organization_id: tx.organizationId, run_id: lease.runId, hash, body: sql`${text}::text::jsonb` })
    .onConflict((conflict) => conflict.columns(['organization_id', 'run_id', 'hash']).doNothing())
    .execute()
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
export async function recordStep(attempt: Attempt, record: StepRecord): Promise<void> {
  const { lease, organizationId, runtime } = attempt
  const item = stepItem(attempt, record)
  const sequence = await onRecord(attempt, () =>
    runtime.database.groups.call<number>('record_steps', { organizationId, runId: lease.runId, item }),
  )
  if (sequence === undefined) await loseLease(attempt)
}

export const stepItem = ({ journal, lease, runtime }: Attempt, { output, ...record }: StepRecord) =>
  groupItem(
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
      elapsed_ms: performance.now() - record.beganAt,
      is_first_attempt: journal === emptyJournal || undefined,
    },
    { output },
  )
