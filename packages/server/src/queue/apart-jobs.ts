import { messageOf, NeonHubError, recordError } from '../base/errors.ts'
import { newId, type WorkerId } from '../base/ids.ts'
import type { Logger } from '../base/log.ts'
import type { Database } from '../db/index.ts'
import type { StartApart } from './spec.ts'
import { endApart } from './sql/apart.ts'
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

  get isIdle(): boolean {
    return this.#live.size === 0
  }

  /**
   * Who does the next job: a process that is to be started under this name, or this one, where none can be started or
   * there are as many as may be. They follow each other, so that they do not take the machine from the rest, unless one
   * goes on for long: `nobody`.
   */
  next(): WorkerId | 'here' | 'nobody' {
    const now = performance.now()
    if (this.#stop.signal.aborted) return 'nobody'
    if (now < this.#brokenUntilMs) return 'here'
    const youngestMs = Math.max(...[...this.#live.values()].map(({ sinceMs }) => sinceMs), Number.NEGATIVE_INFINITY)
    if (now - youngestMs < this.#parts.timing.aloneMs) return 'nobody'
    return this.#live.size < mostApart ? newId() : 'here'
  }

  /** Has a job done that was started in the name of `workerId`. Does not throw. */
  begin(job: TakenJob, workerId: WorkerId): void {
    const done = this.#work(job, workerId).finally(() => {
      this.#live.delete(workerId)
      if (!this.#stop.signal.aborted) this.#parts.onFree()
    })
    this.#live.set(workerId, { sinceMs: performance.now(), done })
  }

  /** Tells all of them to stop. */
  stop(): void {
    this.#stop.abort()
  }

  /** Waits until they have. */
  async close(): Promise<void> {
    this.stop()
    while (!this.isIdle) await Promise.all([...this.#live.values()].map(({ done }) => done))
  }

  async #work(job: TakenJob, workerId: WorkerId): Promise<void> {
    const { start, database, logger } = this.#parts
    const { signal } = this.#stop
    if (signal.aborted) return this.#giveBack(job)
    let ending: string | undefined
    try {
      ending = await start(job, { workerId, signal })
    } catch (error) {
      if (!signal.aborted) {
        this.#brokenUntilMs = performance.now() + brokenMs
        logger.error(
          { queue: job.queue, jobId: job.id, error: messageOf(error) },
          'No process could be started for a job that is to be done alone; such jobs are done in this one for now',
        )
      }
      return this.#giveBack(job)
    }
    if (ending === undefined || signal.aborted) return
    await endApart(database, { job, workerId, error: endedBy(ending) }).catch(this.#leave(job))
  }

  async #giveBack(job: TakenJob): Promise<void> {
    await endJob(this.#parts.database, job, { status: 'released' }).catch(this.#leave(job))
  }

  /** What cannot be written now is found by the reconciler, some time later. */
  #leave({ queue, id: jobId }: TakenJob) {
    return (error: unknown) =>
      this.#parts.logger.warn({ queue, jobId, error: messageOf(error) }, 'A job that was done alone is left as it is')
  }
}

const endedBy = (ending: string) =>
  recordError(new NeonHubError('queue.process_ended', `its process was ended by ${ending}`, { kind: 'internal' }))
