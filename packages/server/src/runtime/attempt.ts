import type { OrganizationId, WorkerId } from '../base/ids.ts'
import { NeonHubError, type RecordedError } from '../base/errors.ts'
import { isOutage, withTenant } from '../db/index.ts'
import type { OpenConnection } from './open-connection.ts'
import type { Agent, RunWaitingReason, RuntimeParts } from './spec.ts'
import type { RunLease } from './sql/claim-run.ts'
import type { StoredJournal } from './sql/load-journal.ts'
import type { AttemptWatch } from './suspension.ts'

/** What the runtime's own functions share: its parts with their defaults filled in, and this process's worker. */
export interface RuntimeContext extends Required<Omit<RuntimeParts, 'mockConnectors'>> {
  readonly mockConnectors: boolean | undefined
  readonly workerId: WorkerId
}

/** One attempt at one run: the lease it holds, what stands on record, and what it has asked for so far. */
export interface Attempt {
  readonly runtime: RuntimeContext
  readonly organizationId: OrganizationId
  readonly agent: Agent
  readonly lease: RunLease
  readonly journal: StoredJournal
  readonly watch: AttemptWatch
  /** Keys that the handler has asked for in this attempt. */
  readonly askedKeys: Set<string>
  /** Connections that calls of this attempt were made over, by tool and name. A call is not begun over one that changed since. */
  readonly connections: Map<string, OpenConnection>
  /** May turn true in mid-attempt. */
  tainted: boolean
  /** The write of that mark. */
  tainting: Promise<void> | undefined
}

/** What became of a run in one attempt, as its parent or its worker is told. */
export type AttemptEnd =
  | { readonly kind: 'succeeded'; readonly output: unknown }
  | { readonly kind: 'failed'; readonly error: RecordedError }
  | { readonly kind: 'broken'; readonly error: RecordedError }
  | { readonly kind: 'waiting'; readonly reason: RunWaitingReason }
  | { readonly kind: 'lost' }
  | { readonly kind: 'cancelled' }
  /** Nothing is written: the lease lapses, and the run is handed on. */
  | { readonly kind: 'interrupted'; readonly error: unknown }

export interface AttemptResult {
  readonly end: AttemptEnd
  readonly tainted: boolean
}

/** Runs a leased run's handler once; `executeAttempt` is the one there is. */
export type ExecuteAttempt = (
  runtime: RuntimeContext,
  organizationId: OrganizationId,
  lease: RunLease,
  signal: AbortSignal,
) => Promise<AttemptResult>

/** The lease is gone: the attempt ends without a trace, and whoever holds the lease now goes on. */
export function loseLease(attempt: Attempt): Promise<never> {
  return attempt.watch.lose()
}

/** The journal and the code disagree: the run stops, whatever the handler would make of an exception. */
export function breakAttempt(attempt: Attempt, error: unknown): Promise<never> {
  return attempt.watch.stop({ kind: 'broken', error })
}

/**
 * Does what the runtime itself asks of the database. An outage ends the attempt: a handler that caught it would go on
 * from something that is not on record. So does a refusal that no `NeonHubError` explains, for a person to look at.
 */
export async function onRecord<Result>(attempt: Attempt, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (isOutage(error)) return attempt.watch.stop({ kind: 'interrupted', error })
    if (error instanceof NeonHubError) throw error
    return breakAttempt(attempt, error)
  }
}

/**
 * Marks the run: text from outside has reached it. Resolves once that is durable, for everybody who asks: what is on record
 * with such a text, and answers from there after a crash, must not stand in a run without the mark.
 */
export function taint(attempt: Attempt): Promise<void> {
  attempt.tainting ??= attempt.tainted ? Promise.resolve() : writeTaint(attempt)
  attempt.tainted = true
  return attempt.tainting
}

async function writeTaint({ lease, organizationId, runtime }: Attempt): Promise<void> {
  await withTenant(runtime.database, organizationId, (tx) =>
    tx
      .updateTable('agent_runs')
      .set({ tainted: true })
      .where('organization_id', '=', organizationId)
      .where('id', '=', lease.runId)
      .where('fence', '=', lease.fence)
      .execute(),
  )
}

const mismatchHint =
  'The code or its input has changed since this run began. Put it back and resume, or start a new run.'

/** A key stands for one operation of a run. */
export function claimKey(attempt: Attempt, key: string): NeonHubError | undefined {
  if (attempt.askedKeys.has(key)) {
    return new NeonHubError('runtime.step_key_reused', `The step key "${key}" is used twice in one run`, {
      kind: 'internal',
      hint: 'Give each step, tool call and child run of an intent a key of its own.',
    })
  }
  attempt.askedKeys.add(key)
  return undefined
}

/** What to say of a stored result that was made for another input. */
export function mismatch(attempt: Attempt, key: string): NeonHubError {
  return new NeonHubError(
    'runtime.journal_mismatch',
    `"${key}" is on record for another input than ${attempt.lease.agent} asks it with now`,
    { kind: 'conflict', hint: mismatchHint },
  )
}

/** Keys that are on record and that a handler which has returned did not ask for. */
export function findUnaskedKey(attempt: Attempt): NeonHubError | undefined {
  const { steps, executions, children } = attempt.journal
  // A failure is no result: another path of the handler may leave it aside.
  const finished = [...steps.values()].flatMap(({ key, failure }) => (failure ? [] : [key]))
  for (const key of [...finished, ...executions.keys(), ...children.keys()]) {
    if (attempt.askedKeys.has(key)) continue
    return new NeonHubError(
      'runtime.journal_mismatch',
      `"${key}" is on record, but ${attempt.lease.agent} no longer asks for it`,
      {
        kind: 'conflict',
        hint: mismatchHint,
      },
    )
  }
  return undefined
}
