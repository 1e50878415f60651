-- What an idle worker asks again and again is one statement, and planned once.
set local role neonhub_migrate;

create function take_lost_jobs(p_queues text[], p_limit integer, p_patience_ms integer, p_most_attempts integer, p_parked jsonb)
  returns jsonb
  language plpgsql
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  as $$
declare
  v_jobs jsonb;
  v_kept_at timestamptz;
  v_next_at timestamptz;
begin
  if current_user in ('neonhub_app', 'neonhub_readonly') then
    raise exception 'lost jobs are looked for across organizations, and not from inside of one'
      using errcode = 'insufficient_privilege';
  end if;
  perform set_config('role', 'neonhub_system', true);
  with abandoned as (
    select job.organization_id, job.id, job.status as was, run.lease_expires_at as held_until,
      -- A long run may be beside many that take their workers down: it is no sign against it that it was never alone then.
      job.attempts >= case when job.queue = 'agent.run' and not job.is_alone then 2 else 1 end * p_most_attempts
        or job.is_alone and coalesce((job.last_words ->> 'attempt')::integer = job.attempts, false) as is_poison
    from agent_jobs job
    left join agent_runs run on run.organization_id = job.organization_id and run.id = job.run_id
      and run.status::text = 'running' and run.lease_expires_at > clock_timestamp()
    where job.status = 'active' and job.check_at < clock_timestamp() and job.queue = any (p_queues)
    order by job.check_at limit p_limit
    for update of job skip locked
  ),
  overdue as (
    select organization_id, id, status as was, null::timestamptz as held_until, false as is_poison
    from agent_jobs
    where status = 'queued' and queue <> 'agent.run' and check_at < clock_timestamp() and queue = any (p_queues)
    order by check_at limit p_limit
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
      error = case when lost.is_poison then p_parked || jsonb_strip_nulls(jsonb_build_object(
        'code', job.last_words -> 'code',
        'message', case job.queue when 'agent.run' then 'The run' else 'The job' end || ' took its worker down '
          || job.attempts || case job.attempts when 1 then ' time' else ' times in a row' end
          || case when job.is_alone then ', at last with nothing else begun beside it' else '' end
          || coalesce(': ' || (job.last_words ->> 'message'), '')
      )) end,
      worker_id = null, check_at = clock_timestamp() + make_interval(secs => p_patience_ms / 1000.0),
      updated_at = clock_timestamp()
    from lost
    where job.organization_id = lost.organization_id and job.id = lost.id and lost.held_until is null
    returning jsonb_build_object(
      'organizationId', job.organization_id, 'id', job.id, 'queue', job.queue, 'attempts', job.attempts,
      'was', lost.was, 'status', job.status
    ) as job
  )
  select coalesce((select jsonb_agg(job) from taken), '[]'), (select min(check_at) from kept) into v_jobs, v_kept_at;
  select check_at into v_next_at from agent_jobs
    where status = 'active' and check_at >= clock_timestamp() and queue = any (p_queues)
    order by check_at limit 1;
  return jsonb_build_object(
    'jobs', v_jobs, 'nextMs', extract(epoch from least(v_kept_at, v_next_at) - clock_timestamp()) * 1000,
    'hasRuns', exists (select from agent_jobs where queue = 'agent.run' and status = 'queued')
  );
end $$;
comment on function take_lost_jobs is
  'Puts back the jobs of workers that fell silent, or parks them, and tells of queued ones that nobody has started for p_patience_ms. One whose run has a lease that has not lapsed stays until then. nextMs: when the next active job is overdue, unless its worker speaks up. hasRuns: runs are queued.';
