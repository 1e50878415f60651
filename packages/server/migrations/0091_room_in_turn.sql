-- When several runs had to be done alone, several processes ended what they did at once to make room for them, and the rest
-- of the work stood still meanwhile. They make room one after the other now, also where an organization sets limits.
set local role neonhub_migrate;

create index agent_jobs_room_idx on agent_jobs (queue) where status = 'queued' and worker_id is not null;
create index agent_jobs_lone_idx on agent_jobs (queue) where status = 'active' and is_alone;

drop function find_next_job(uuid, text, uuid, integer, boolean, boolean);
drop function find_free_job(uuid, text, uuid, integer, boolean);

create function is_room_made(p_queue text, p_worker_id uuid, p_room_ms integer) returns boolean
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
    where queue = p_queue and status = 'active' and is_alone and worker_id <> p_worker_id
      and updated_at > clock_timestamp() - make_interval(secs => p_room_ms / 1000.0)
  );
end $$;
comment on function is_room_made is
  'Whether another process makes room for a job that is done alone, or began one within the last p_room_ms and has nothing beside it.';

create function find_free_job(p_organization_id uuid, p_queue text, p_worker_id uuid, p_alone_after integer, p_takes_suspects boolean,
  p_takes_lone boolean)
  returns agent_jobs
  language plpgsql
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  as $$
declare
  v_nobody constant uuid := '00000000-0000-0000-0000-000000000000';
  v_full_agents uuid[];
  v_full_brands uuid[];
  v_is_full boolean;
  v_agent_id uuid;
  v_brand_id uuid;
  v_job agent_jobs;
  v_best agent_jobs;
begin
  -- Whoever counts next sees what this one starts.
  perform pg_advisory_xact_lock(hashtextextended('places ' || p_organization_id, 0));
  select coalesce(array_agg(agent_id) filter (where agent_id is not null), '{}'),
      coalesce(array_agg(brand_id) filter (where brand_id is not null), '{}'),
      coalesce(bool_or(scope = 'organization'), false)
    into v_full_agents, v_full_brands, v_is_full
    from full_places(p_organization_id);
  if v_is_full then
    return null;
  end if;
  -- One look for each agent and brand that has something waiting; a job that names no agent comes from an older server.
  v_agent_id := null;
  loop
    if v_agent_id is null or not v_agent_id = any (v_full_agents) then
      v_brand_id := null;
      loop
        if v_brand_id is null or not v_brand_id = any (v_full_brands) then
          select * into v_job from agent_jobs j
            where organization_id = p_organization_id and queue = 'agent.run' and queue = p_queue and status = 'queued'
              and agent_id is not distinct from v_agent_id and brand_id is not distinct from v_brand_id
              and run_at <= clock_timestamp() + interval '1 second'
              and (attempts = 0 or p_takes_suspects)
              and (attempts = 0 or not must_be_alone(j, p_alone_after)
                or p_takes_lone and (worker_id is null or worker_id = p_worker_id or check_at < clock_timestamp()))
            order by priority, id limit 1
            for update skip locked;
          if found and (v_best.id is null or (v_job.priority, v_job.id) < (v_best.priority, v_best.id)) then
            v_best := v_job;
          end if;
        end if;
        select min(brand_id::text)::uuid into v_brand_id from (
          select brand_id from agent_jobs
          where organization_id = p_organization_id and queue = 'agent.run' and status = 'queued'
            and agent_id is not distinct from v_agent_id and brand_id > coalesce(v_brand_id, v_nobody)
          order by brand_id limit 1
        ) as next;
        exit when v_brand_id is null;
      end loop;
    end if;
    select min(agent_id::text)::uuid into v_agent_id from (
      select agent_id from agent_jobs
      where organization_id = p_organization_id and queue = 'agent.run' and status = 'queued'
        and agent_id > coalesce(v_agent_id, v_nobody)
      order by agent_id limit 1
    ) as next;
    exit when v_agent_id is null;
  end loop;
  return v_best;
end $$;
comment on function find_free_job is
  'The next job of an organization that sets limits, locked, among those that have a free place; null where there is none. Until the transaction ends nobody else takes one of its places.';

create function find_next_job(p_organization_id uuid, p_queue text, p_worker_id uuid, p_alone_after integer, p_takes_suspects boolean,
  p_takes_told boolean, p_takes_lone boolean)
  returns agent_jobs
  language plpgsql
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  as $$
declare
  v_job agent_jobs;
begin
  if exists (select from limits where organization_id = p_organization_id and scope <> 'connection') then
    return find_free_job(
      p_organization_id, p_queue, p_worker_id, p_alone_after, p_takes_suspects and p_takes_told, p_takes_lone
    );
  end if;
  select * into v_job from agent_jobs j
    where organization_id = p_organization_id and queue = p_queue and status = 'queued'
      and run_at <= clock_timestamp() + interval '1 second'
      and (attempts = 0 or p_takes_suspects and (last_words is null or p_takes_told))
      and (attempts = 0 or not must_be_alone(j, p_alone_after)
        or p_takes_lone and (worker_id is null or worker_id = p_worker_id or check_at < clock_timestamp()))
    order by priority, id limit 1
    for update skip locked;
  return v_job;
end $$;
comment on function find_next_job is
  'The job of an organization that is to be started next, locked; null where there is none, or none with a free place. One that is done alone is passed over unless p_takes_lone, or where another process makes room for it.';

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
  v_takes_lone boolean := true;
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
  -- A process that makes room has idle hands until its longest run is over, so one at a time does. Whoever has nothing in
  -- hand needs none.
  if not v_is_idle and v_room_id is null then
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
