-- take_jobs whole, as what 0059 and 0060 began and 0073 and 0074 changed in places. New in it: a worker that is killed from
-- outside leaves no word, and two such ends within a minute, as of a bad deploy, had every run in hand done by itself, one
-- after the other; so without a word a run is done alone only after one end more. And whoever waited for its process to
-- become idle stood there for as long as the longest run beside it: it says when it has waited long enough.
set local role neonhub_migrate;

alter table agent_jobs add column is_alone boolean not null default false;
comment on column agent_jobs.is_alone is 'Its process had nothing else in hand when it was started last, and has begun nothing since.';
comment on column agent_jobs.last_words is
  'What its process saw coming before it fell silent, as an error with code and message, the attempt that it is of, and whether it was this run''s turn then.';
grant select (is_alone), update (is_alone) on agent_jobs to neonhub_system;

create function must_be_alone(p_job agent_jobs, p_alone_after integer) returns boolean
  language sql immutable
  as $$
    select p_job.attempts > p_alone_after
      or p_job.attempts = p_alone_after and p_job.last_words is not null
      or p_job.attempts > 0 and coalesce((p_job.last_words ->> 'isCause')::boolean, false)
  $$;
comment on function must_be_alone is
  'Whether a job is done alone: once its turn stood the event loop still, else once it was on when p_alone_after workers went down, and one more where none of them left a word, as one does not that is killed from outside.';

create function find_next_job(p_organization_id uuid, p_queue text, p_worker_id uuid, p_alone_after integer, p_takes_suspects boolean,
  p_takes_told boolean)
  returns agent_jobs
  language plpgsql
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  as $$
declare
  v_job agent_jobs;
begin
  if exists (select from limits where organization_id = p_organization_id and scope <> 'connection') then
    return find_free_job(p_organization_id, p_queue, p_worker_id, p_alone_after, p_takes_suspects and p_takes_told);
  end if;
  select * into v_job from agent_jobs j
    where organization_id = p_organization_id and queue = p_queue and status = 'queued'
      and run_at <= clock_timestamp() + interval '1 second'
      and (attempts = 0 or p_takes_suspects and (last_words is null or p_takes_told))
      and (attempts = 0 or worker_id is null or worker_id = p_worker_id or check_at < clock_timestamp()
        or not must_be_alone(j, p_alone_after))
    order by priority, id limit 1
    for update skip locked;
  return v_job;
end $$;
comment on function find_next_job is
  'The job of an organization that is to be started next, locked; null where there is none, or none with a free place. One for which another process makes room is passed over.';

create function find_room_job(p_organization_id uuid, p_id uuid, p_queue text, p_worker_id uuid) returns agent_jobs
  language plpgsql
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  as $$
declare
  v_job agent_jobs;
begin
  select * into v_job from agent_jobs
    where organization_id = p_organization_id and id = p_id and queue = p_queue and status = 'queued'
      and (worker_id is null or worker_id = p_worker_id or check_at < clock_timestamp())
    for update skip locked;
  if v_job.id is null or not exists (
    select from limits where organization_id = p_organization_id and scope <> 'connection'
  ) then
    return v_job;
  end if;
  -- Whoever counts next sees what this one starts.
  perform pg_advisory_xact_lock(hashtextextended('places ' || p_organization_id, 0));
  if exists (
    select from full_places(p_organization_id) f
    where f.scope = 'organization' or f.agent_id = v_job.agent_id or f.brand_id = v_job.brand_id
  ) then
    return null;
  end if;
  return v_job;
end $$;
comment on function find_room_job is
  'The job for which a process has made room, locked; null where another has it, or makes room for it, or it has no free place.';

create or replace function take_jobs(
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
  v_room_id uuid := p_room_for;
  v_is_idle boolean := p_held = '{}';
  v_has_room boolean;
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
      v_cursor := v_organization_id;
      -- The more hands are busy, the fewer may be one organization's, so that another finds a free one.
      if coalesce((v_held ->> v_organization_id::text)::integer, 0) >= least(p_most_held, 4 * v_free) then
        v_more := true;
        continue;
      end if;
      perform enter_organization(v_organization_id);
      v_job := find_next_job(
        v_organization_id, p_queue, p_worker_id, p_alone_after, v_suspects < v_most_suspects,
        v_told < v_most_told and not v_has_lone
      );
      continue when v_job.id is null;
    end if;
    if must_be_alone(v_job, p_alone_after) and not v_has_room then
      -- No other process need make room while this one does.
      update agent_jobs set
        worker_id = p_worker_id, check_at = clock_timestamp() + make_interval(secs => p_room_ms / 1000.0)
        where organization_id = v_organization_id and id = v_job.id;
      v_room_for := jsonb_build_object('organizationId', v_organization_id, 'id', v_job.id);
      exit;
    end if;
    v_taken := v_taken || jsonb_build_object(
      'organizationId', v_organization_id, 'id', v_job.id, 'runId', v_job.run_id, 'payload', v_job.payload,
      'attempts', v_job.attempts + 1, 'isAlone', must_be_alone(v_job, p_alone_after)
    );
    update agent_jobs set
      status = 'active', attempts = attempts + 1, worker_id = p_worker_id,
      is_alone = v_is_idle and must_be_alone(v_job, p_alone_after), updated_at = clock_timestamp(),
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
    'taken', v_taken, 'roomFor', v_room_for, 'last', v_cursor,
    'more', v_more or exists (
      select from agent_jobs
      where queue = p_queue and status = 'queued' and run_at <= clock_timestamp() + interval '1 second'
    )
  );
end $$;
comment on function take_jobs is
  'Starts up to p_count jobs of a queue, organization by organization in turns, each one''s by priority and age. p_held says how many of this process''s hands each has, p_free how many are free; nobody gets more than p_most_held. A job that must_be_alone is started by an idle process: roomFor is one for which this process is to become idle, within p_room_ms, and p_room_for says that it has, or has waited long enough. more: others wait.';
