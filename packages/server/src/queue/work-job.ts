import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf, recordError } from '../base/errors.ts'
import type { Logger } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import type { Database } from '../db/index.ts'
import type { ActiveJobs } from './active-jobs.ts'
import type { QueueEntry } from './backend/backend.ts'
import type { JobHandler, JobRow, QueueName } from './spec.ts'
import { claimJob } from './sql/claim-job.ts'
import { endJob, type JobEnd, type JobOutcome } from './sql/end-job.ts'
import type { QueueTiming } from './timing.ts'

export interface WorkParts {
  readonly database: Database
  readonly activeJobs: ActiveJobs
  readonly timing: QueueTiming
  readonly logger: Logger
  readonly metrics: Metrics
}

/** Where the row of a job is. */
export interface JobEntry extends Pick<QueueEntry, 'organizationId' | 'jobId'> {
  readonly queue: QueueName
}

/**
 * Does the job that an entry of the queue names: claims its row, runs the handler, writes the outcome. An entry whose
 * row another worker has, or that is over, is dropped.
 */
export async function workJob(parts: WorkParts, entry: JobEntry, handler: JobHandler): Promise<void> {
  const { database, timing, logger } = parts
  const { organizationId, jobId: id, queue } = entry
  const job = await claimJob(database, { organizationId, id, queue, abandonedMs: timing.abandonedMs })
  if (!job) return logger.debug({ queue, jobId: id }, 'A job in the queue was taken or over already')
  await workStarted(parts, job, handler)
}

/**
 * Does a job whose start is on record, and writes the outcome. Returns whether other jobs of its organization wait in its
 * queue.
 */
export async function workStarted(parts: WorkParts, job: JobRow, handler: JobHandler): Promise<boolean> {
  const { activeJobs, logger, metrics } = parts
  const { queue, id } = job
  const { signal, letGo } = activeJobs.hold(job)
  const stopTimer = metrics.queueJobSeconds.startTimer({ queue })
  try {
    const outcome = await run(job, handler, { signal, activeJobs, logger })
    const ended = await writeOutcome(parts, job, outcome)
    if (ended === 'lost')
      logger.warn({ queue, jobId: id }, 'A job had been given to another worker, so its outcome here was dropped')
    metrics.queueJobs.inc({ queue, outcome: ended === 'lost' ? 'lost' : outcome.status })
    return ended === 'more'
  } finally {
    letGo()
    stopTimer()
  }
}

async function run(
  job: JobRow,
  handler: JobHandler,
  {
    signal,
    activeJobs,
    logger,
  }: { readonly signal: AbortSignal; readonly activeJobs: ActiveJobs; readonly logger: Logger },
): Promise<JobOutcome> {
  try {
    await handler(job, signal)
    return { status: 'succeeded' }
  } catch (error) {
    if (activeJobs.isStopping) return { status: 'released' }
    logger.error({ queue: job.queue, jobId: job.id, error: messageOf(error) }, 'A job failed')
    return { status: 'failed', error: recordError(error) }
  }
}

const outcomeRetriesMs = [200, 1_000, 3_000]

/** The work is done, and a database that is away for a moment must not have it done again; the heartbeat goes on. */
async function writeOutcome({ database, logger }: WorkParts, job: JobRow, outcome: JobOutcome): Promise<JobEnd> {
  for (const retryMs of outcomeRetriesMs) {
    try {
      return await endJob(database, job, outcome)
    } catch (error) {
      logger.warn(
        { queue: job.queue, jobId: job.id, error: messageOf(error) },
        'The outcome of a job could not be written',
      )
      await sleep(retryMs)
    }
  }
  return endJob(database, job, outcome)
}
