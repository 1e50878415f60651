import type { RecordedError } from '../../base/errors.ts'
import { callEntering, type Database, jsonb } from '../../db/index.ts'
import type { JobRow } from '../spec.ts'

/** How a start of a job ended. `released` is no end: the job goes back as if it had not been started. */
export type JobOutcome =
  | { readonly status: 'succeeded' | 'released' }
  | { readonly status: 'failed'; readonly error: RecordedError }

/** Writes the outcome. False where the job has been given to another worker since: then nothing is written. */
export async function finishJob(database: Database, job: JobRow, outcome: JobOutcome): Promise<boolean> {
  const isFinished = await callEntering<boolean>(database, 'finish_job', [
    job.organizationId,
    job.id,
    job.attempts,
    outcome.status === 'released' ? 'queued' : outcome.status,
    outcome.status === 'failed' ? jsonb(outcome.error) : null,
  ])
  return isFinished === true
}
