-- How much an organization lets go on at once, and what its connections may be asked.
set local role neonhub_migrate;

create type limit_scope as enum ('organization', 'brand', 'agent', 'connection');

create table limits (
  organization_id uuid not null references organizations on delete cascade,
  id uuid not null,
  scope limit_scope not null,
  brand_id uuid,
  agent_id uuid,
  connection_id uuid,
  at_once integer check (at_once between 1 and 100000),
  per_minute integer check (per_minute between 1 and 1000000),
  next_hold_at timestamptz,
  actor text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  foreign key (organization_id, brand_id) references brands (organization_id, id) on delete cascade,
  foreign key (organization_id, agent_id) references agents (organization_id, id) on delete cascade,
  foreign key (organization_id, connection_id) references connector_auths (organization_id, id) on delete cascade,
  check ((scope = 'brand') = (brand_id is not null)),
  check ((scope = 'agent') = (agent_id is not null)),
  check ((scope = 'connection') = (connection_id is not null)),
  check (per_minute is null or scope = 'connection')
);
comment on table limits is 'How many runs, or calls of a connection, an organization lets go on at once or start in a minute.';
comment on column limits.at_once is 'Root runs in the hands of workers; of a connection, calls under way.';
comment on column limits.per_minute is 'Calls that start within any sixty seconds.';
comment on column limits.next_hold_at is 'Until when the call that was held last waits: the next one waits a little longer, so that they do not all come back at once.';
comment on column limits.actor is 'Who set it last: user:ID, api_key:ID or cli.';
create unique index limits_subject_key on limits (organization_id, scope, coalesce(brand_id, agent_id, connection_id, organization_id));
create index limits_brand_id_idx on limits (organization_id, brand_id) where brand_id is not null;
create index limits_agent_id_idx on limits (organization_id, agent_id) where agent_id is not null;
create index limits_connection_id_idx on limits (organization_id, connection_id) where connection_id is not null;
call protect_tenant_table('limits', 'select, insert, update, delete');

create table connection_seconds (
  organization_id uuid not null,
  connection_id uuid not null,
  second timestamptz not null,
  calls integer not null,
  primary key (organization_id, connection_id, second),
  foreign key (organization_id, connection_id) references connector_auths (organization_id, id) on delete cascade
);
comment on table connection_seconds is 'How many calls of a connection that has a limit started in each of the last seconds.';
call protect_tenant_table('connection_seconds', 'select, insert, update, delete');

create table connection_places (
  organization_id uuid not null,
  connection_id uuid not null,
  tool_execution_id uuid not null,
  primary key (organization_id, connection_id, tool_execution_id),
  foreign key (organization_id, connection_id) references connector_auths (organization_id, id) on delete cascade
);
comment on table connection_places is
  'The calls of a connection that has a limit which may be under way. What has ended, or must have by its deadline, counts no more and is removed by the next.';
call protect_tenant_table('connection_places', 'select, insert, delete');

-- Runs that wait, by whose places they need, and those that have one.
create index agent_jobs_places_idx on agent_jobs (organization_id, status, agent_id, brand_id, priority, id)
  where status in ('queued', 'active') and queue = 'agent.run';
-- What a silent worker had is found however many runs wait.
create index agent_jobs_active_idx on agent_jobs (check_at) where status = 'active';
create index agent_jobs_overdue_idx on agent_jobs (check_at) where status = 'queued' and queue <> 'agent.run';
drop index agent_jobs_check_at_idx;

create function full_places(p_organization_id uuid)
  returns table (scope limit_scope, brand_id uuid, agent_id uuid, used integer, at_once integer)
  language plpgsql
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  as $$
begin
  return query
    select l.scope, l.brand_id, l.agent_id, held.used, l.at_once
    from limits l
    cross join lateral (
      select count(*)::integer as used from agent_jobs j
      where j.organization_id = p_organization_id and j.status = 'active' and j.queue = 'agent.run'
        and j.check_at > clock_timestamp()
        and (l.scope = 'organization' or j.agent_id = l.agent_id or j.brand_id = l.brand_id)
    ) as held
    where l.organization_id = p_organization_id and l.scope <> 'connection' and held.used >= l.at_once;
end $$;
comment on function full_places is
  'The limits of an organization''s runs that leave no place now. A job that its worker no longer keeps alive has none.';

create function find_free_job(p_organization_id uuid, p_queue text, p_worker_id uuid, p_alone_after integer, p_takes_suspects boolean) returns agent_jobs
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
          select * into v_job from agent_jobs
            where organization_id = p_organization_id and queue = 'agent.run' and queue = p_queue and status = 'queued'
              and agent_id is not distinct from v_agent_id and brand_id is not distinct from v_brand_id
              and run_at <= clock_timestamp() + interval '1 second'
              and (attempts < p_alone_after or worker_id is null or worker_id = p_worker_id or check_at < clock_timestamp())
              and (attempts = 0 or p_takes_suspects)
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
  v_is_idle boolean := p_held = '{}';
  v_job agent_jobs;
  v_taken jsonb := '[]';
  -- Where this way round began, and whether it has come past the last organization.
  v_first uuid;
  v_has_turned boolean := false;
  v_more boolean := false;
  v_room_for jsonb;
  -- A run that was on when a worker went down. One at a time in a process: were they retried together, they would go down
  -- together again, and be told apart no better.
  v_holds_suspect boolean;
begin
  perform set_config('role', 'neonhub_system', true);
  v_holds_suspect := exists (
    select from agent_jobs where status = 'active' and worker_id = p_worker_id and queue = p_queue and attempts > 1
  );
  while jsonb_array_length(v_taken) < p_count and v_free > 0 loop
    v_job := null;
    if p_room_for is not null and v_first is null and v_is_idle then
      v_organization_id := p_room_for_organization;
      perform enter_organization(v_organization_id);
      select * into v_job from agent_jobs
        where organization_id = v_organization_id and id = p_room_for and queue = p_queue and status = 'queued'
          and (worker_id is null or worker_id = p_worker_id or check_at < clock_timestamp())
        for update skip locked;
      if v_job.id is not null and exists (select from limits where organization_id = v_organization_id and scope <> 'connection') then
        perform pg_advisory_xact_lock(hashtextextended('places ' || v_organization_id, 0));
        if exists (
          select from full_places(v_organization_id) f
          where f.scope = 'organization' or f.agent_id = v_job.agent_id or f.brand_id = v_job.brand_id
        ) then
          v_job := null;
        end if;
      end if;
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
      if exists (select from limits where organization_id = v_organization_id and scope <> 'connection') then
        select * into v_job from find_free_job(
          v_organization_id, p_queue, p_worker_id, p_alone_after, not v_holds_suspect
        );
      else
        select * into v_job from agent_jobs
          where organization_id = v_organization_id and queue = p_queue and status = 'queued'
            and run_at <= clock_timestamp() + interval '1 second'
            and (attempts < p_alone_after or worker_id is null or worker_id = p_worker_id or check_at < clock_timestamp())
            and (attempts = 0 or not v_holds_suspect)
          order by priority, id limit 1
          for update skip locked;
      end if;
      continue when v_job.id is null;
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
      status = 'active', attempts = attempts + 1, worker_id = p_worker_id,
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
    v_holds_suspect := v_holds_suspect or v_job.attempts > 1;
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


create function pass_limits(p_connection_id uuid, p_execution_id uuid, p_hold_ms integer) returns jsonb
  language plpgsql
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  as $$
declare
  v_organization_id uuid := current_organization();
  v_limit limits;
  v_used integer;
  v_until timestamptz;
  v_now timestamptz;
begin
  -- Calls of the connection come one by one, until the transaction ends.
  select * into v_limit from limits
    where organization_id = v_organization_id and connection_id = p_connection_id for update;
  if not found then
    return null;
  end if;
  v_now := clock_timestamp();
  if v_limit.at_once is not null then
    delete from connection_places p
      where p.organization_id = v_organization_id and p.connection_id = p_connection_id and not exists (
        select from tool_executions t
        where t.organization_id = v_organization_id and t.id = p.tool_execution_id and t.status::text = 'executing'
          and t.deadline_at > v_now
      );
    select count(*) into v_used from connection_places
      where organization_id = v_organization_id and connection_id = p_connection_id and tool_execution_id <> p_execution_id;
    if v_used >= v_limit.at_once then
      return jsonb_build_object(
        'until', v_now + make_interval(secs => p_hold_ms / 1000.0), 'used', v_used, 'limit', v_limit.at_once, 'kind', 'at_once'
      );
    end if;
  end if;
  if v_limit.per_minute is not null then
    -- A second counts whole until it has gone by whole.
    delete from connection_seconds
      where organization_id = v_organization_id and connection_id = p_connection_id and second <= v_now - interval '61 seconds';
    select coalesce(sum(calls), 0) into v_used from connection_seconds
      where organization_id = v_organization_id and connection_id = p_connection_id;
    if v_used >= v_limit.per_minute then
      select min(second) + interval '61 seconds' into v_until from (
        select second, sum(calls) over (order by second) as gone from connection_seconds
        where organization_id = v_organization_id and connection_id = p_connection_id
      ) as s where gone > v_used - v_limit.per_minute;
      update limits set next_hold_at =
          greatest(v_until, next_hold_at + make_interval(secs => 60.0 / v_limit.per_minute))
        where organization_id = v_organization_id and id = v_limit.id
        returning next_hold_at into v_until;
      return jsonb_build_object('until', v_until, 'used', v_used, 'limit', v_limit.per_minute, 'kind', 'per_minute');
    end if;
    insert into connection_seconds as s (organization_id, connection_id, second, calls)
      values (v_organization_id, p_connection_id, date_trunc('second', v_now), 1)
      on conflict (organization_id, connection_id, second) do update set calls = s.calls + 1;
  end if;
  if v_limit.at_once is not null then
    insert into connection_places (organization_id, connection_id, tool_execution_id)
      values (v_organization_id, p_connection_id, p_execution_id)
      on conflict do nothing;
  end if;
  return null;
end $$;
comment on function pass_limits is
  'Takes a place for a call of a connection that is about to start: null where it has one, or none is needed; else which limit leaves it none, and until when the call waits.';

create or replace function hold_call(p_agent text, p_connection_id uuid, p_action text) returns jsonb
  language plpgsql
  as $$
declare
  v_action_version integer;
begin
  if p_connection_id is not null then
    v_action_version := hold_action_config(p_connection_id, p_action);
  end if;
  return jsonb_build_object('actionVersion', v_action_version, 'policy', hold_policy(p_agent), 'hasLimits', exists (
    select from limits where organization_id = current_organization() and connection_id = p_connection_id
  ));
end $$;
comment on function hold_call is
  'Holds what an organization has set of a call until the transaction ends: the newest version of what is fixed of its action (null where it names none), and of the agent''s policy (null where the code''s alone counts). Says whether its connection has limits.';
