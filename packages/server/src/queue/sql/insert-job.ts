import type { Json } from '../../base/json.ts'
import type { JobId, RunId } from '../../base/ids.ts'
import { jsonb, sql, type TenantTx } from '../../db/index.ts'
import type { QueueName } from '../spec.ts'

export interface InsertJob {
  readonly id: JobId
  readonly queue: QueueName
  readonly runId: RunId | undefined
  readonly payload: Json
  readonly runAt: Date | undefined
  /** How long the queue has to start it before the reconciler asks after it. */
  readonly patienceMs: number
}

/** Writes the row of a new job. */
export async function insertJob(tx: TenantTx, job: InsertJob): Promise<void> {
  const runAt = job.runAt === undefined ? sql<Date>`clock_timestamp()` : sql<Date>`${job.runAt}::timestamptz`
  await tx
    .insertInto('agent_jobs')
    .values({
      organization_id: tx.organizationId,
      id: job.id,
      queue: job.queue,
      run_id: job.runId ?? null,
      payload: jsonb(job.payload),
      run_at: runAt,
      check_at: sql<Date>`${runAt} + make_interval(secs => ${job.patienceMs / 1000})`,
    })
    .execute()
}
