import type { RecordedError } from '../../base/errors.ts'
import { callEntering, type Database, jsonb } from '../../db/index.ts'
import type { JobRow } from '../spec.ts'

/** How a start of a job ended. `released` is no end: the job goes back as if it had not been started. */
export type JobOutcome =
  | { readonly status: 'succeeded' | 'released' }
  | { readonly status: 'failed'; readonly error: RecordedError }

/**
 * What became of the outcome: `lost` where the job has been given to another worker since, and nothing is written; `more`
 * where others of its organization wait in its queue.
 */
export type JobEnd = 'lost' | 'ended' | 'more'

/** Writes the outcome. */
export async function endJob(database: Database, job: JobRow, outcome: JobOutcome): Promise<JobEnd> {
  const end = await callEntering<JobEnd>(database, 'end_job', [
    job.organizationId,
    job.id,
    job.attempts,
    outcome.status === 'released' ? 'queued' : outcome.status,
    outcome.status === 'failed' ? jsonb(outcome.error) : null,
    job.queue,
  ])
  return end ?? 'lost'
}
