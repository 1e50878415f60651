import { asId, type JobId } from '../../base/ids.ts'
import { sql, type TenantTx } from '../../db/index.ts'
import type { JobRow, QueueName } from '../spec.ts'
import { maxAttempts } from './max-attempts.ts'

/**
 * Starts a job that is queued and due, or whose worker has been silent for too long. Undefined where it is neither:
 * another worker has it, or it is over. A second more is allowed for, by which two clocks may differ.
 */
export async function claimJob(
  tx: TenantTx,
  { id, queue, abandonedMs }: { readonly id: JobId; readonly queue: QueueName; readonly abandonedMs: number },
): Promise<JobRow | undefined> {
  const row = await tx
    .updateTable('agent_jobs')
    .set({
      status: 'active',
      attempts: sql<number>`attempts + 1`,
      check_at: sql<Date>`clock_timestamp() + make_interval(secs => ${abandonedMs / 1000})`,
      updated_at: sql<Date>`clock_timestamp()`,
    })
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', id)
    .where('queue', '=', queue)
    .where((expression) =>
      expression.or([
        expression.and([
          expression('status', '=', 'queued'),
          expression('run_at', '<=', sql<Date>`clock_timestamp() + interval '1 second'`),
        ]),
        expression.and([
          expression('status', '=', 'active'),
          expression('check_at', '<', sql<Date>`clock_timestamp()`),
          expression('attempts', '<', maxAttempts),
        ]),
      ]),
    )
    .returning(['run_id', 'payload', 'attempts'])
    .executeTakeFirst()
  if (!row) return undefined
  return {
    organizationId: tx.organizationId,
    id,
    queue,
    runId: row.run_id === null ? undefined : asId(row.run_id),
    payload: row.payload,
    attempts: row.attempts,
  }
}
