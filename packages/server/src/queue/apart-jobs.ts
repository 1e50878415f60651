import { messageOf } from '../base/errors.ts'
import { newId, type WorkerId } from '../base/ids.ts'
import type { Logger } from '../base/log.ts'
import type { Database } from '../db/index.ts'
import type { StartApart } from './spec.ts'
import { endJob } from './sql/end-job.ts'
import type { TakenJob } from './sql/take-jobs.ts'
import type { QueueTiming } from './timing.ts'

/** Processes beside this one at a time. Each is as large as a worker with nothing in hand. */
const mostApart = 4
/** After one could not be started, jobs that are to be done alone are done in this process for so long. */
const brokenMs = 60_000

interface ApartParts {
  readonly database: Database
  readonly logger: Logger
  readonly start: StartApart
  readonly timing: Pick<QueueTiming, 'aloneMs'>
  /** Called when the next one may be started. */
  readonly onFree: () => void
}

/** The jobs that this process has others do, each in a process of its own, because it may take down whoever does it. */
export class ApartJobs {
  readonly #parts: ApartParts
  readonly #live = new Map<WorkerId, { readonly sinceMs: number; readonly done: Promise<void> }>()
  readonly #stop = new AbortController()
  #brokenUntilMs = 0

  constructor(parts: ApartParts) {
    this.#parts = parts
  }

  /** Whether the last one could not be started, a moment ago. */
  get isBroken(): boolean {
    return performance.now() < this.#brokenUntilMs
  }

  get isIdle(): boolean {
    return this.#live.size === 0
  }

  /**
   * Who the next job would be given to; undefined where none may be begun now. They follow each other, so that they do
   * not take the machine from the rest, unless one goes on for long.
   */
  next(): WorkerId | undefined {
    if (this.#stop.signal.aborted || this.isBroken || this.#live.size >= mostApart) return undefined
    const youngest = Math.max(...[...this.#live.values()].map(({ sinceMs }) => sinceMs), Number.NEGATIVE_INFINITY)
    return performance.now() - youngest < this.#parts.timing.aloneMs ? undefined : newId()
  }

  /** Has a job done that was started in the name of `workerId`. Does not throw. */
  begin(job: TakenJob, workerId: WorkerId): void {
    const { start, onFree } = this.#parts
    const { signal } = this.#stop
    const done = start(job, { workerId, signal })
      .catch((error: unknown) => this.#giveBack(job, error))
      .finally(() => {
        this.#live.delete(workerId)
        if (!signal.aborted) onFree()
      })
    this.#live.set(workerId, { sinceMs: performance.now(), done })
  }

  /** Tells all of them to stop, and waits until they have. */
  async close(): Promise<void> {
    this.#stop.abort()
    await Promise.all([...this.#live.values()].map(({ done }) => done))
  }

  async #giveBack(job: TakenJob, error: unknown): Promise<void> {
    const { database, logger } = this.#parts
    const { queue, id: jobId } = job
    if (!this.#stop.signal.aborted) {
      this.#brokenUntilMs = performance.now() + brokenMs
      logger.error(
        { queue, jobId, error: messageOf(error) },
        'No process could be started for a job that is to be done alone; such jobs are done in this one for now',
      )
    }
    // What fails here as well is found by the reconciler.
    await endJob(database, job, { status: 'released' }).catch((failure: unknown) =>
      logger.warn({ queue, jobId, error: messageOf(failure) }, 'The job could not be given back'),
    )
  }
}
