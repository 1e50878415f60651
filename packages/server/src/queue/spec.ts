import type { JobId, OrganizationId, RunId, WorkerId } from '../base/ids.ts'

/** Every queue. One more is one more line here, and a handler where the worker is started. */
export const queueNames = [
  'agent.run',
  'eval.run',
  'intake.embed',
  'learning.tune',
  'maintenance',
  'webhook.in',
  'webhook.out',
] as const
export type QueueName = (typeof queueNames)[number]

/** What a row of `agent_jobs` says, as its handler gets it. */
export interface JobRow {
  readonly organizationId: OrganizationId
  readonly id: JobId
  readonly queue: QueueName
  readonly runId: RunId | undefined
  readonly payload: unknown
  /** How often the job has been started, this time included. */
  readonly attempts: number
}

/**
 * Does a job. Resolving makes the row `succeeded`, throwing `failed` with the error on record. `signal` fires when the
 * worker stops, or when the job has been given to another worker because this one was silent for too long: a handler
 * that throws after the worker's stop is put back on the queue, and what it returns after a loss counts for nothing.
 */
export type JobHandler = (job: JobRow, signal: AbortSignal) => Promise<void>

/**
 * Has a process do this job, which was started in the name of `workerId`, and nothing else. Resolves once that process is
 * gone: to what ended it, or to undefined where it ended by itself. Rejects where it never came to the job. It stops when
 * the signal fires.
 */
export type StartApart = (
  job: JobRow,
  options: { readonly workerId: WorkerId; readonly signal: AbortSignal },
) => Promise<string | undefined>

export interface QueueHealth {
  readonly backend: 'embedded' | 'postgres' | 'redis'
  readonly isUp: boolean
  /** Why it is not up. */
  readonly error: string | undefined
  /** What the backend holds, by queue; empty where it is not up. */
  readonly counts: Readonly<
    Partial<Record<QueueName, { readonly waiting: number; readonly active: number; readonly delayed: number }>>
  >
}

/**
 * Hands jobs to workers. The rows in `agent_jobs` are the truth and the queue is how fast they are found: whatever it
 * loses, the reconciler of a running worker puts back.
 */
export interface Queue {
  /** This process, as the jobs that it starts name it. */
  readonly workerId: WorkerId
  /**
   * Tells the queue of a job whose row is committed. Never throws: where the queue is down, that is logged, and the
   * reconciler puts the job back later.
   */
  readonly dispatch: (
    organizationId: OrganizationId,
    jobId: JobId,
    queue: QueueName,
    options?: { readonly runAt?: Date },
  ) => Promise<void>
  /**
   * Starts to work the queues that have a handler, with up to `concurrency` jobs (default 10) of each at once, or as many
   * as `concurrencyOf` says of a queue, and to reconcile. `upkeep` is done with each reconciling, about every five seconds in every worker; what it throws is
   * logged. `apart` is how a run that has taken workers down is done in a process of its own; where it is absent, this one
   * ends what it has in hand and does it. Throws `queue.started` where it was called before.
   */
  readonly start: (
    handlers: Partial<Record<QueueName, JobHandler>>,
    options?: {
      readonly concurrency?: number
      readonly concurrencyOf?: Partial<Record<QueueName, number>>
      readonly upkeep?: () => Promise<void>
      readonly apart?: StartApart
    },
  ) => Promise<void>
  /**
   * Does one job that was started in the name of this process, and nothing else. Resolves once its outcome is on record;
   * where the queue was stopped before, the job goes back. Throws `queue.started` where it was started before.
   */
  readonly workOne: (job: JobRow, handler: JobHandler) => Promise<void>
  /**
   * Takes no more jobs and waits for those in flight; after a grace period their signal fires, and a little later it
   * returns in any case. What was left undone goes to another worker. May be called twice.
   */
  readonly stop: () => Promise<void>
  /** Asks the backend, for at most two seconds. */
  readonly health: () => Promise<QueueHealth>
}
