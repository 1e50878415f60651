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

/** Writes the row of a new job; one of a run goes by what its run says. */
export async function insertJob(tx: TenantTx, job: InsertJob): Promise<void> {
  const runAt = job.runAt === undefined ? sql<Date>`clock_timestamp()` : sql<Date>`${job.runAt}::timestamptz`
  await sql`
    insert into agent_jobs (organization_id, id, queue, run_id, payload, run_at, check_at, agent_id, brand_id, priority)
    select ${tx.organizationId}, ${job.id}, ${job.queue}, ${job.runId ?? null}::uuid, ${jsonb(job.payload)}, at.run_at,
      at.run_at + make_interval(secs => ${job.patienceMs / 1000}), r.agent_id, r.brand_id, coalesce(r.priority, 'normal')
    from (select ${runAt} as run_at) as at
    left join agent_runs r on r.organization_id = ${tx.organizationId} and r.id = ${job.runId ?? null}::uuid
  `.execute(tx)
}
