import { type JobId, newId, type RunId } from '../base/ids.ts'
import type { Json } from '../base/json.ts'
import type { TenantTx } from '../db/index.ts'
import { defaultTiming } from './timing.ts'
import type { QueueName } from './spec.ts'
import { insertJob } from './sql/insert-job.ts'

/**
 * Writes a job inside the transaction of what causes it, so that there is never one without the other. Call
 * `Queue.dispatch` once the transaction is committed.
 */
export async function addJob(
  tx: TenantTx,
  job: { readonly queue: QueueName; readonly runId?: RunId; readonly payload?: Json; readonly runAt?: Date },
): Promise<JobId> {
  const id: JobId = newId()
  await insertJob(tx, {
    id,
    queue: job.queue,
    runId: job.runId,
    payload: job.payload ?? {},
    runAt: job.runAt,
    patienceMs: defaultTiming.patienceMs,
  })
  return id
}
