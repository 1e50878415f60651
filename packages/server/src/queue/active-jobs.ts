import { NeonHubError } from '../base/errors.ts'
import type { Database } from '../db/index.ts'
import { withSystem } from '../db/system.ts'
import type { JobRow } from './spec.ts'
import { renewJobs } from './sql/renew-jobs.ts'

/** The jobs in this process's hands. It renews them together, and tells the handler of one that was given away. */
export class ActiveJobs {
  readonly #database: Database
  readonly #abandonedMs: number
  readonly #held = new Map<JobRow, AbortController>()
  #stopReason: unknown

  constructor(database: Database, { abandonedMs }: { readonly abandonedMs: number }) {
    this.#database = database
    this.#abandonedMs = abandonedMs
  }

  get isIdle(): boolean {
    return this.#held.size === 0
  }

  get isStopping(): boolean {
    return this.#stopReason !== undefined
  }

  /** Holds a job until what this returns is let go of. */
  hold(job: JobRow): { readonly signal: AbortSignal; readonly letGo: () => void } {
    const controller = new AbortController()
    if (this.isStopping) controller.abort(this.#stopReason)
    this.#held.set(job, controller)
    return { signal: controller.signal, letGo: () => this.#held.delete(job) }
  }

  /** The heartbeat. */
  async renew(): Promise<void> {
    const jobs = [...this.#held.keys()]
    if (jobs.length === 0) return
    const own = new Set(
      await withSystem(this.#database, (tx) => renewJobs(tx, jobs, { abandonedMs: this.#abandonedMs })),
    )
    for (const job of jobs) {
      if (own.has(job.id)) continue
      this.#held.get(job)?.abort(
        new NeonHubError('queue.job_lost', `Job ${job.id} was given to another worker`, {
          kind: 'conflict',
          hint: 'This process was silent for too long: it is overloaded, or was asleep.',
        }),
      )
    }
  }

  /** Tells every handler, also of jobs to come, that the worker stops. */
  abort(): void {
    this.#stopReason = new NeonHubError('queue.stopped', 'The worker stops; the job goes back on the queue', {
      kind: 'unavailable',
      retryable: true,
    })
    for (const controller of this.#held.values()) controller.abort(this.#stopReason)
  }
}
