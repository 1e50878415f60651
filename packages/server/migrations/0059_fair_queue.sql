-- Workers are handed runs by the database: in turns between organizations, by priority within one, and alone where a run
-- may be what takes its workers down.
set local role neonhub_migrate;

-- In the order in which they are taken.
create type run_priority as enum ('interactive', 'normal', 'bulk');

alter table agent_runs add column priority run_priority not null default 'normal';
comment on column agent_runs.priority is 'Which of an organization''s runs goes first. Between organizations it says nothing.';

alter table agent_jobs
  add column priority run_priority not null default 'normal',
  add column agent_id uuid,
  add column brand_id uuid,
  add column worker_id uuid,
  add column last_words jsonb;
comment on column agent_jobs.agent_id is 'Of its run, so that those are passed over that have no free place.';
comment on column agent_jobs.brand_id is 'Of its run, where that names one.';
comment on column agent_jobs.worker_id is
  'The process that started it last; of a queued one, the process that makes room to do it alone, until check_at.';
comment on column agent_jobs.last_words is 'What its process saw coming before it fell silent, as an error with code and message.';

create index agent_jobs_waiting_idx on agent_jobs (queue, organization_id, priority, id) where status = 'queued';
grant select (run_at, priority, worker_id, last_words), update (worker_id, last_words) on agent_jobs to neonhub_system;

-- What a run is written with is changed here in a few places of the function as it stands.
do $$
declare
  v_text text := pg_get_functiondef('start_runs(uuid, jsonb)'::regprocedure);
  v_change record;
begin
  for v_change in
    select * from (values
      ('key text, request_hash text', 'key text, request_hash text, priority run_priority, may_wait boolean'),
      ('tries_drafts, sequence', 'tries_drafts, sequence, priority'),
      ('tries_drafts, 1', 'tries_drafts, 1, coalesce(priority, ''normal'')'),
      ('queue, run_id, run_at, check_at)', 'queue, run_id, run_at, check_at, agent_id, brand_id, priority)'),
      ('patience_ms / 1000.0)', 'patience_ms / 1000.0), known_agent_id, brand_id, coalesce(priority, ''normal'')'),
      -- Told of this many, the queue has enough to wake every worker; each that is done with one asks for the next.
      ('select n, ''made'' as result from made', 'select n, case when may_wait and (
        select count(*) from (
          select from agent_jobs where organization_id = p_organization_id and queue = ''agent.run'' and status = ''queued'' limit 100
        ) as waiting
      ) = 100 then ''waits'' else ''made'' end as result from made')
    ) as c(was, becomes)
  loop
    if position(v_change.was in v_text) = 0 then
      raise exception 'start_runs has no "%"', v_change.was;
    end if;
    v_text := replace(v_text, v_change.was, v_change.becomes);
  end loop;
  execute v_text;
end $$;
comment on function start_runs is
  'Writes queued runs with their first event and their job. Returns made; waits, where the queue knows of enough of the organization''s runs and need not be told of this one; brand_unknown or paused, where nothing was written; earlier or none, where its idempotency key has started a run.';

-- Each look costs a few reads of one index, however much waits: the next organization after the last one that was served,
-- and then its first job.
create function take_jobs(
  p_queue text, p_worker_id uuid, p_count integer, p_after uuid, p_held jsonb, p_free integer, p_most_held integer,
  p_abandoned_ms integer, p_alone_after integer, p_room_ms integer, p_room_for_organization uuid, p_room_for uuid
) returns jsonb
  language plpgsql
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  as $$
declare
  v_cursor uuid := coalesce(p_after, '00000000-0000-0000-0000-000000000000');
  v_organization_id uuid;
  v_held jsonb := p_held;
  v_free integer := p_free;
  v_is_idle boolean := p_held = '{}';
  v_job agent_jobs;
  v_taken jsonb := '[]';
  -- Where this way round began, and whether it has come past the last organization.
  v_first uuid;
  v_has_turned boolean := false;
  v_more boolean := false;
  v_room_for jsonb;
begin
  while jsonb_array_length(v_taken) < p_count and v_free > 0 loop
    v_job := null;
    if p_room_for is not null and v_first is null and v_is_idle then
      v_organization_id := p_room_for_organization;
      perform enter_organization(v_organization_id);
      select * into v_job from agent_jobs
        where organization_id = v_organization_id and id = p_room_for and queue = p_queue and status = 'queued'
          and (worker_id is null or worker_id = p_worker_id or check_at < clock_timestamp())
        for update skip locked;
    end if;
    if v_job.id is null then
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
      v_cursor := v_organization_id;
      -- The more hands are busy, the fewer may be one organization's, so that another finds a free one.
      if coalesce((v_held ->> v_organization_id::text)::integer, 0) >= least(p_most_held, 4 * v_free) then
        v_more := true;
        continue;
      end if;
      perform enter_organization(v_organization_id);
      select * into v_job from agent_jobs
        where organization_id = v_organization_id and queue = p_queue and status = 'queued'
          and run_at <= clock_timestamp() + interval '1 second'
          and (attempts < p_alone_after or worker_id is null or worker_id = p_worker_id or check_at < clock_timestamp())
        order by priority, id limit 1
        for update skip locked;
      continue when not found;
    end if;
    if v_job.attempts >= p_alone_after and not v_is_idle then
      -- No other process need make room while this one does.
      update agent_jobs set
        worker_id = p_worker_id, check_at = clock_timestamp() + make_interval(secs => p_room_ms / 1000.0)
        where organization_id = v_organization_id and id = v_job.id;
      v_room_for := jsonb_build_object('organizationId', v_organization_id, 'id', v_job.id);
      exit;
    end if;
    update agent_jobs set
      status = 'active', attempts = attempts + 1, worker_id = p_worker_id, last_words = null,
      updated_at = clock_timestamp(), check_at = clock_timestamp() + make_interval(secs => p_abandoned_ms / 1000.0)
      where organization_id = v_organization_id and id = v_job.id
      returning * into v_job;
    v_taken := v_taken || jsonb_build_object(
      'organizationId', v_organization_id, 'id', v_job.id, 'runId', v_job.run_id, 'payload', v_job.payload,
      'attempts', v_job.attempts, 'isAlone', v_job.attempts > p_alone_after
    );
    exit when v_job.attempts > p_alone_after;
    v_held := v_held || jsonb_build_object(
      v_organization_id, coalesce((v_held ->> v_organization_id::text)::integer, 0) + 1
    );
    v_free := v_free - 1;
    v_is_idle := false;
    v_first := null;
    v_has_turned := false;
  end loop;
  perform set_config('role', 'neonhub_system', true);
  return jsonb_build_object(
    'taken', v_taken, 'roomFor', v_room_for, 'last', v_cursor,
    'more', v_more or exists (
      select from agent_jobs
      where queue = p_queue and status = 'queued' and run_at <= clock_timestamp() + interval '1 second'
    )
  );
end $$;
comment on function take_jobs is
  'Starts up to p_count jobs of a queue, organization by organization in turns, each one''s by priority and age. p_held says how many of this process''s hands each has, p_free how many are free; nobody gets more than p_most_held. A job that was started p_alone_after times and not ended is started by an idle process alone: roomFor is one for which this process is to become idle, and p_room_for says so the next time. more: others wait.';

create function end_job(
  p_organization_id uuid, p_id uuid, p_attempts integer, p_status job_status, p_error jsonb, p_queue text
) returns text
  language plpgsql
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  as $$
begin
  if not finish_job(p_organization_id, p_id, p_attempts, p_status, p_error) then
    return 'lost';
  end if;
  return case when exists (
    select from agent_jobs where organization_id = p_organization_id and queue = p_queue and status = 'queued'
  ) then 'more' else 'ended' end;
end $$;
comment on function end_job is
  'Ends a start of a job as finish_job does. Returns more where others of its organization wait in its queue, else ended; lost where another worker has started it since.';
