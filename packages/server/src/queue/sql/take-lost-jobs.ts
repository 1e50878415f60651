import { asId, type JobId, type OrganizationId } from '../../base/ids.ts'
import type { RecordedError } from '../../base/errors.ts'
import { jsonb, sql } from '../../db/index.ts'
import type { SystemTx } from '../../db/system.ts'
import { type QueueName, queueNames } from '../spec.ts'
import { maxAttempts, maxTracedAttempts } from './max-attempts.ts'

export interface LostJob {
  readonly organizationId: OrganizationId
  readonly id: JobId
  readonly queue: QueueName
  readonly attempts: number
  /** What it was: waiting in a queue that may have lost it, or in the hands of a worker that fell silent. */
  readonly was: 'queued' | 'active'
  readonly status: 'queued' | 'parked'
}

/** Its message is of each job. */
const parked: Omit<RecordedError, 'message'> = {
  code: 'queue.parked',
  hint: 'Look for the reason in the log of the workers before it is started again.',
  retryable: false,
}

/**
 * Takes the jobs that are overdue: queued ones stay queued (runs among them are not asked after: the workers look for
 * those themselves), active ones go back to the queue, or are parked once they have been started too often. The longest
 * overdue come first, and a job that is taken is not overdue for `patienceMs`, so that workers which reconcile side by
 * side share the work, and a long queue is gone through in turns.
 */
export async function takeLostJobs(
  tx: SystemTx,
  { limit, patienceMs }: { readonly limit: number; readonly patienceMs: number },
): Promise<readonly LostJob[]> {
  const result = await sql<{
    organization_id: string
    id: string
    queue: QueueName
    attempts: number
    was: 'queued' | 'active'
    status: 'queued' | 'parked'
  }>`
    with abandoned as (
      select organization_id, id, status as was,
        attempts >= case when queue = 'agent.run' and last_words is not null then ${maxTracedAttempts}::integer
          else ${maxAttempts} end as is_poison
      from agent_jobs
      where status = 'active' and check_at < clock_timestamp() and queue in (${sql.join(queueNames)})
      order by check_at limit ${limit}
      for update skip locked
    ),
    overdue as (
      select organization_id, id, status as was, false as is_poison
      from agent_jobs
      where status = 'queued' and queue <> 'agent.run' and check_at < clock_timestamp()
        and queue in (${sql.join(queueNames)})
      order by check_at limit ${limit}
      for update skip locked
    ),
    lost as (select * from abandoned union all select * from overdue)
    update agent_jobs as job
    set status = case when lost.is_poison then 'parked' else 'queued' end::job_status,
      error = case when lost.is_poison then ${jsonb(parked)} || jsonb_strip_nulls(jsonb_build_object(
        'code', job.last_words -> 'code',
        'message', case job.queue when 'agent.run' then 'The run' else 'The job' end || ' took its worker down '
          || job.attempts || ' times in a row'
          || case job.queue when 'agent.run' then ', at last with nothing else begun beside it' else '' end
          || coalesce(': ' || (job.last_words ->> 'message'), '')
      )) end,
      worker_id = null,
      check_at = clock_timestamp() + make_interval(secs => ${patienceMs / 1000}),
      updated_at = clock_timestamp()
    from lost
    where job.organization_id = lost.organization_id and job.id = lost.id
    returning job.organization_id, job.id, job.queue, job.attempts, lost.was, job.status
  `.execute(tx)
  return result.rows.map(({ organization_id, id, ...rest }) => ({
    ...rest,
    organizationId: asId(organization_id),
    id: asId(id),
  }))
}
