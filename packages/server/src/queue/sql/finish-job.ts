import type { RecordedError } from '../../base/errors.ts'
import { jsonb, sql, type TenantTx } from '../../db/index.ts'
import type { JobRow } from '../spec.ts'

/** How a start of a job ended. `released` is no end: the job goes back as if it had not been started. */
export type JobOutcome =
  | { readonly status: 'succeeded' | 'released' }
  | { readonly status: 'failed'; readonly error: RecordedError }

/** Writes the outcome. False where the job has been given to another worker since: then nothing is written. */
export async function finishJob(tx: TenantTx, job: JobRow, outcome: JobOutcome): Promise<boolean> {
  const isReleased = outcome.status === 'released'
  const result = await tx
    .updateTable('agent_jobs')
    .set({
      status: isReleased ? 'queued' : outcome.status,
      error: outcome.status === 'failed' ? jsonb(outcome.error) : null,
      attempts: isReleased ? job.attempts - 1 : job.attempts,
      check_at: sql<Date>`clock_timestamp()`,
      updated_at: sql<Date>`clock_timestamp()`,
    })
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', job.id)
    .where('status', '=', 'active')
    .where('attempts', '=', job.attempts)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}
