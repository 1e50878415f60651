import type { JobId, OrganizationId } from '../../base/ids.ts'
import type { RecordedError } from '../../base/errors.ts'
import { jsonb, sql } from '../../db/index.ts'
import type { SystemTx } from '../../db/system.ts'
import { type QueueName, queueNames } from '../spec.ts'
import { maxAttempts } from './max-attempts.ts'

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

export interface LostJobs {
  readonly jobs: readonly LostJob[]
  /** Milliseconds until the next active job is overdue, unless its worker speaks up; undefined where none is active. */
  readonly nextMs: number | undefined
}

/**
 * Takes the jobs that are overdue: queued ones stay queued (runs among them are not asked after: the workers look for
 * those themselves), active ones go back to the queue, or are parked: once they were started too often, or where the
 * worker said why it went down and nothing had begun beside them. A run whose
 * lease has not lapsed nobody could go on with yet: its job stays until then. The longest overdue come first, and a job
 * that is taken is not overdue for `patienceMs`, so that workers which reconcile side by side share the work, and a long
 * queue is gone through in turns.
 */
export async function takeLostJobs(
  tx: SystemTx,
  { limit, patienceMs }: { readonly limit: number; readonly patienceMs: number },
): Promise<LostJobs> {
  const { rows } = await sql<{ jobs: readonly LostJob[]; next_ms: number | null }>`
    with abandoned as (
      select job.organization_id, job.id, job.status as was, run.lease_expires_at as held_until,
        job.attempts >= ${maxAttempts}
          or job.is_alone and coalesce((job.last_words ->> 'attempt')::integer = job.attempts, false) as is_poison
      from agent_jobs job
      left join agent_runs run on run.organization_id = job.organization_id and run.id = job.run_id
        and run.status = 'running' and run.lease_expires_at > clock_timestamp()
      where job.status = 'active' and job.check_at < clock_timestamp() and job.queue in (${sql.join(queueNames)})
      order by job.check_at limit ${limit}
      for update of job skip locked
    ),
    overdue as (
      select organization_id, id, status as was, null::timestamptz as held_until, false as is_poison
      from agent_jobs
      where status = 'queued' and queue <> 'agent.run' and check_at < clock_timestamp()
        and queue in (${sql.join(queueNames)})
      order by check_at limit ${limit}
      for update skip locked
    ),
    lost as (select * from abandoned union all select * from overdue),
    kept as (
      update agent_jobs as job set check_at = lost.held_until
      from lost
      where job.organization_id = lost.organization_id and job.id = lost.id and lost.held_until is not null
      returning job.check_at
    ),
    taken as (
      update agent_jobs as job
      set status = case when lost.is_poison then 'parked' else 'queued' end::job_status,
        error = case when lost.is_poison then ${jsonb(parked)} || jsonb_strip_nulls(jsonb_build_object(
          'code', job.last_words -> 'code',
          'message', case job.queue when 'agent.run' then 'The run' else 'The job' end || ' took its worker down '
            || job.attempts || case job.attempts when 1 then ' time' else ' times in a row' end
            || case when job.is_alone then ', at last with nothing else begun beside it' else '' end
            || coalesce(': ' || (job.last_words ->> 'message'), '')
        )) end,
        worker_id = null,
        check_at = clock_timestamp() + make_interval(secs => ${patienceMs / 1000}),
        updated_at = clock_timestamp()
      from lost
      where job.organization_id = lost.organization_id and job.id = lost.id and lost.held_until is null
      returning jsonb_build_object(
        'organizationId', job.organization_id, 'id', job.id, 'queue', job.queue, 'attempts', job.attempts,
        'was', lost.was, 'status', job.status
      ) as job
    )
    select coalesce((select jsonb_agg(job) from taken), '[]') as jobs,
      extract(epoch from least(
        (select min(check_at) from kept),
        (
          select min(check_at) from agent_jobs
          where status = 'active' and check_at >= clock_timestamp() and queue in (${sql.join(queueNames)})
        )
      ) - clock_timestamp())::float8 * 1000 as next_ms
  `.execute(tx)
  const [{ jobs = [], next_ms: nextMs } = { next_ms: null }] = rows
  return { jobs, nextMs: nextMs ?? undefined }
}
