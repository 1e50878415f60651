-- A run that had taken workers down was tried alone in a worker that had ended all else for it, and took that one down with
-- all its hands. It can be tried in a process of its own now.
set local role neonhub_migrate;

alter table agent_jobs add column is_apart boolean not null default false;
comment on column agent_jobs.is_apart is 'It was started last for a process of its own, which is there once is_alone.';
grant select (is_apart), update (is_apart) on agent_jobs to neonhub_system;

create function taken_job(p_organization_id uuid, p_job agent_jobs, p_is_alone boolean) returns jsonb
  language sql immutable
  as $$
    select jsonb_build_object(
      'organizationId', p_organization_id, 'id', p_job.id, 'runId', p_job.run_id, 'payload', p_job.payload,
      'attempts', p_job.attempts + 1, 'isAlone', p_is_alone
    )
  $$;
comment on function taken_job is 'A job as take_jobs tells of it once it is started.';

create or replace function is_room_made(p_queue text, p_worker_id uuid, p_room_ms integer) returns boolean
  language plpgsql
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  as $$
begin
  return exists (
    select from agent_jobs
    where queue = p_queue and status = 'queued' and worker_id is not null and worker_id <> p_worker_id
      and check_at > clock_timestamp()
  ) or exists (
    select from agent_jobs
    where queue = p_queue and status = 'active' and is_alone and not is_apart and worker_id <> p_worker_id
      and updated_at > clock_timestamp() - make_interval(secs => p_room_ms / 1000.0)
  );
end $$;

create or replace function take_lost_jobs(p_queues text[], p_limit integer, p_patience_ms integer, p_most_attempts integer, p_parked jsonb)
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
      -- Nor is it one against a run that has a process of its own, which goes with the worker that started it.
      job.attempts >= case when job.queue = 'agent.run' and (not job.is_alone or job.is_apart) then 2 else 1 end
          * p_most_attempts
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

drop function take_jobs(text, uuid, integer, uuid, jsonb, integer, integer, integer, integer, integer, uuid, uuid);
create function take_jobs(
  p_queue text, p_worker_id uuid, p_count integer, p_after uuid, p_held jsonb, p_free integer, p_most_held integer,
  p_abandoned_ms integer, p_alone_after integer, p_room_ms integer, p_room_for_organization uuid, p_room_for uuid,
  p_takes_lone boolean default true, p_lone_worker_id uuid default null
) returns jsonb
  language plpgsql
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  as $$
declare
  v_cursor uuid := coalesce(p_after, '00000000-0000-0000-0000-000000000000');
  v_before uuid := v_cursor;
  v_organization_id uuid;
  v_held jsonb := p_held;
  v_free integer := p_free;
  v_room_id uuid := p_room_for;
  v_is_idle boolean := p_held = '{}';
  v_has_room boolean;
  v_takes_lone boolean := p_takes_lone;
  -- Runs that were on when a worker went down. Few at a time in a process: were they all retried together, they would go
  -- down together again, and be told apart no better. Fewer still of those whose worker left a word: one of them did it.
  -- And none of these beside one that was to be alone and has gone on for longer: it would go down with them.
  v_suspects integer;
  v_told integer;
  v_has_alone boolean;
  v_has_lone boolean;
  v_most_suspects constant integer := greatest(2, p_most_held / 2);
  v_most_told constant integer := greatest(2, p_most_held / 4);
  v_job agent_jobs;
  v_taken jsonb := '[]';
  v_apart jsonb;
  -- Where this way round began, and whether it has come past the last organization.
  v_first uuid;
  v_has_turned boolean := false;
  v_more boolean := false;
  v_room_for jsonb;
begin
  if current_user in ('neonhub_app', 'neonhub_readonly') then
    raise exception 'jobs are handed out across organizations, and not from inside of one'
      using errcode = 'insufficient_privilege';
  end if;
  perform set_config('role', 'neonhub_system', true);
  select count(*), count(last_words), coalesce(bool_or(is_alone), false), coalesce(bool_or(
      attempts > p_alone_after + 1 or attempts > p_alone_after and last_words is not null
      or coalesce((last_words ->> 'isCause')::boolean, false)
    ), false)
    into v_suspects, v_told, v_has_alone, v_has_lone
    from agent_jobs
    where status = 'active' and worker_id = p_worker_id and queue = p_queue and attempts > 1;
  -- A process that makes room has idle hands until its longest run is over, so one at a time does. Whoever has nothing in
  -- hand needs none.
  if v_takes_lone and p_lone_worker_id is null and not v_is_idle and v_room_id is null then
    v_takes_lone := not is_room_made(p_queue, p_worker_id, p_room_ms);
  end if;
  while jsonb_array_length(v_taken) < p_count and v_free > 0 loop
    v_job := null;
    v_has_room := v_is_idle;
    if v_room_id is not null then
      v_organization_id := p_room_for_organization;
      perform enter_organization(v_organization_id);
      v_job := find_room_job(v_organization_id, v_room_id, p_queue, p_worker_id);
      v_has_room := v_is_idle or v_job.id is not null;
      v_room_id := null;
    end if;
    if v_job.id is null then
      -- The next organization after the last one that was served: one read of an index, however much waits.
      perform set_config('role', 'neonhub_system', true);
      select organization_id into v_organization_id from agent_jobs
        where queue = p_queue and status = 'queued' and organization_id > v_cursor order by organization_id limit 1;
      if not found then
        v_has_turned := true;
        select organization_id into v_organization_id from agent_jobs
          where queue = p_queue and status = 'queued' order by organization_id limit 1;
        exit when not found;
      end if;
      exit when v_has_turned and v_organization_id >= v_first;
      v_first := coalesce(v_first, v_organization_id);
      v_before := v_cursor;
      v_cursor := v_organization_id;
      -- The more hands are busy, the fewer may be one organization's, so that another finds a free one.
      if coalesce((v_held ->> v_organization_id::text)::integer, 0) >= least(p_most_held, 4 * v_free) then
        v_more := true;
        continue;
      end if;
      perform enter_organization(v_organization_id);
      v_job := find_next_job(
        v_organization_id, p_queue, p_worker_id, p_alone_after, v_suspects < v_most_suspects,
        v_told < v_most_told and not v_has_lone, v_takes_lone
      );
      continue when v_job.id is null;
    end if;
    if must_be_alone(v_job, p_alone_after) and p_lone_worker_id is not null then
      -- The process that is started for it has p_room_ms to say that it is there.
      update agent_jobs set
        status = 'active', attempts = attempts + 1, worker_id = p_lone_worker_id, is_alone = false, is_apart = true,
        updated_at = clock_timestamp(), check_at = clock_timestamp() + make_interval(secs => p_room_ms / 1000.0)
        where organization_id = v_organization_id and id = v_job.id;
      v_apart := taken_job(v_organization_id, v_job, true);
      v_takes_lone := false;
      -- Its organization is asked again: it has not had its turn.
      v_cursor := v_before;
      v_first := null;
      v_has_turned := false;
      continue;
    end if;
    if must_be_alone(v_job, p_alone_after) and not v_has_room then
      -- No other process need make room while this one does.
      update agent_jobs set
        worker_id = p_worker_id, check_at = clock_timestamp() + make_interval(secs => p_room_ms / 1000.0)
        where organization_id = v_organization_id and id = v_job.id;
      v_room_for := jsonb_build_object('organizationId', v_organization_id, 'id', v_job.id);
      exit;
    end if;
    v_taken := v_taken || taken_job(v_organization_id, v_job, must_be_alone(v_job, p_alone_after));
    update agent_jobs set
      status = 'active', attempts = attempts + 1, worker_id = p_worker_id,
      is_alone = v_is_idle and must_be_alone(v_job, p_alone_after), is_apart = false, updated_at = clock_timestamp(),
      check_at = clock_timestamp() + make_interval(secs => p_abandoned_ms / 1000.0)
      where organization_id = v_organization_id and id = v_job.id;
    exit when must_be_alone(v_job, p_alone_after);
    v_held := v_held || jsonb_build_object(
      v_organization_id, coalesce((v_held ->> v_organization_id::text)::integer, 0) + 1
    );
    v_free := v_free - 1;
    v_suspects := v_suspects + (v_job.attempts > 0)::integer;
    v_told := v_told + (v_job.attempts > 0 and v_job.last_words is not null)::integer;
    v_is_idle := false;
    v_first := null;
    v_has_turned := false;
  end loop;
  perform set_config('role', 'neonhub_system', true);
  if v_has_alone and v_taken <> '[]' then
    update agent_jobs set is_alone = false
      where status = 'active' and worker_id = p_worker_id and queue = p_queue and is_alone;
  end if;
  return jsonb_build_object(
    'taken', v_taken, 'apart', v_apart, 'roomFor', v_room_for, 'last', v_cursor,
    'more', v_more or exists (
      select from agent_jobs
      where queue = p_queue and status = 'queued' and run_at <= clock_timestamp() + interval '1 second'
    )
  );
end $$;
comment on function take_jobs is
  'Starts up to p_count jobs of a queue, organization by organization in turns, each one''s by priority and age. p_held says how many of this process''s hands each has, p_free how many are free; nobody gets more than p_most_held. A job that must_be_alone is started by an idle process: roomFor is one for which this process is to become idle, within p_room_ms, and p_room_for says that it has, or has waited long enough. With p_lone_worker_id it is started in the name of that process instead, one in each call and beyond p_count: apart. Without p_takes_lone it is passed over. more: others wait.';
