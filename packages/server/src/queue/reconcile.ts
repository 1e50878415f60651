import type { Logger } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import type { Database } from '../db/index.ts'
import type { Backend } from './backend/backend.ts'
import { queueNames } from './spec.ts'
import { type LostJobs, takeLostJobs } from './sql/take-lost-jobs.ts'
import type { QueueTiming } from './timing.ts'
import { within } from './within.ts'

const limit = 500

interface ReconcileParts {
  readonly database: Database
  readonly backend: Backend
  readonly logger: Logger
  readonly metrics: Metrics
  readonly timing: QueueTiming
}

/**
 * Puts back what the queue or a worker has lost, and parks what has taken down too many workers. An entry that is still
 * in the queue stays the only one, because it has the same id. Returns when there may be more to put back, and whether
 * runs are queued.
 */
export async function reconcile({
  database,
  backend,
  logger,
  metrics,
  timing,
}: ReconcileParts): Promise<Omit<LostJobs, 'jobs'>> {
  const { jobs: lost, ...found } = await takeLostJobs(database, { limit, patienceMs: timing.patienceMs })
  for (const { was, status, queue, id, attempts } of lost) {
    if (was === 'queued') continue
    metrics.queueJobs.inc({ queue, outcome: status === 'parked' ? 'parked' : 'abandoned' })
    const message = status === 'parked' ? 'A job was parked' : 'A job was taken from a worker that fell silent'
    logger.warn({ queue, jobId: id, attempts }, message)
  }
  const queued = lost.filter((job) => job.status === 'queued')
  for (const queue of queueNames) {
    const entries = queued
      .filter((job) => job.queue === queue)
      .map(({ organizationId, id, attempts }) => ({ organizationId, jobId: id, attempts, delayMs: 0 }))
    if (entries.length > 0) await within(timing.backendTimeoutMs, backend.putBack(queue, entries))
  }
  return found
}
