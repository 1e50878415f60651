-- What many runs of an organization ask of the journal at one moment is written in one statement and one commit.
set local role neonhub_migrate;

-- A plan made anew for each call cost twice what the write itself does: planning prices the partitions that execution
-- would leave out anyway, so the planner never settled for the plan that it had.
alter function record_step set plan_cache_mode = force_generic_plan;
alter function claim_job set plan_cache_mode = force_generic_plan;
alter function finish_job set plan_cache_mode = force_generic_plan;

-- The functions below take an array of items, each with its place n (from 0) and of another run, and return an object from
-- n to what became of the item. They keep one plan each, which may have been made while the tables were empty or for
-- organizations of another size. So runs are looked for one by one, each by its key: joined to the list, they were found by
-- reading all runs of the organization, since a list counts as a hundred rows and its runs as few.
-- And status is compared as text there: a partial index of running runs, while empty, looks cheaper than the key.
create function enter_group(p_organization_id uuid, p_items jsonb) returns void
  language plpgsql
  as $$
begin
  perform enter_organization(p_organization_id);
  -- One row that somebody else holds must not keep the others waiting, nor may a group deadlock with a transaction that
  -- locks the same rows in another order: it gives up first, and each item is asked by itself.
  if jsonb_array_length(p_items) > 1 then
    perform set_config('lock_timeout', '200ms', true);
  end if;
end $$;
comment on function enter_group is 'Enters the organization for a group of items, which waits for locks only briefly unless it is of one.';

create function record_steps(p_organization_id uuid, p_items jsonb) returns jsonb
  language plpgsql
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  as $$
declare
  v_item record;
  v_sequence bigint;
  -- By place, from 1; null where the lease is lost.
  v_sequences bigint[];
  v_results jsonb := '{}';
  v_held integer := 0;
  v_written integer;
begin
  perform enter_group(p_organization_id, p_items);
  for v_item in
    select * from jsonb_to_recordset(p_items) as s(n integer, run_id uuid, fence bigint, lease_ms integer) order by run_id
  loop
    update agent_runs
      set sequence = sequence + 1, lease_expires_at = clock_timestamp() + make_interval(secs => v_item.lease_ms / 1000.0)
      where organization_id = p_organization_id and id = v_item.run_id and fence = v_item.fence and status::text = 'running'
      returning sequence into v_sequence;
    continue when not found;
    v_held := v_held + 1;
    v_sequences[v_item.n + 1] := v_sequence;
    v_results := v_results || jsonb_build_object(v_item.n, v_sequence);
  end loop;
  insert into run_steps (
    organization_id, run_id, key, sequence, kind, status, fence, input_hash, output, payload_hash, child_run_id, error,
    started_at
  )
  select p_organization_id, run_id, key, v_sequences[n + 1], kind, status, fence, input_hash, output -> 0, payload_hash,
    child_run_id, error, started_at
  from jsonb_to_recordset(p_items) as s(
    n integer, run_id uuid, fence bigint, key text, kind step_kind, status step_status, input_hash text, output jsonb,
    payload_hash text, child_run_id uuid, error jsonb, started_at timestamptz
  )
  where v_sequences[n + 1] is not null
  on conflict (organization_id, run_id, key) do update set
    sequence = excluded.sequence, status = excluded.status, attempt = run_steps.attempt + 1, fence = excluded.fence,
    input_hash = excluded.input_hash, output = excluded.output, payload_hash = excluded.payload_hash,
    child_run_id = excluded.child_run_id, error = excluded.error, started_at = excluded.started_at,
    finished_at = clock_timestamp()
    where run_steps.status = 'failed';
  get diagnostics v_written = row_count;
  if v_written < v_held then
    raise exception 'a step is finished already' using errcode = 'unique_violation';
  end if;
  return v_results;
end $$;
comment on function record_steps is
  'Writes finished steps under their leases'' fences and renews the leases. An output stands in an array of one, which tells null from none. Returns each step''s sequence; none where the lease is lost.';

create function run_settings(
  p_organization_id uuid, p_agent_id uuid, p_brand_id uuid, p_intent text, p_tries_drafts boolean,
  out policy_version integer, out config_version integer, out settings jsonb
)
  language plpgsql stable
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  as $$
declare
  v_config agent_configs;
  v_prompts jsonb;
begin
  select max(version) into policy_version from agent_policies
    where organization_id = p_organization_id and agent_id = p_agent_id;
  -- A brand's configuration stands in the place of the agent's, unless it sets nothing.
  if p_brand_id is not null then
    select * into v_config from agent_configs
      where organization_id = p_organization_id and agent_id = p_agent_id and brand_id = p_brand_id
      order by version desc limit 1;
  end if;
  if num_nonnulls(v_config.model, v_config.temperature, v_config.max_output_tokens) = 0 then
    select * into v_config from agent_configs
      where organization_id = p_organization_id and agent_id = p_agent_id and brand_id is null
      order by version desc limit 1;
  end if;
  config_version := v_config.version;
  select coalesce(
      jsonb_agg(jsonb_build_object('key', p.step_key, 'promptId', p.id, 'version', v.version, 'task', v.task)), '[]'
    ) into v_prompts
    from prompts p
    cross join lateral (
      select version, task from prompt_versions
      where organization_id = p.organization_id and prompt_id = p.id
        and (status = 'active' or status = 'draft' and p_tries_drafts)
      order by status = 'draft' desc, version desc limit 1
    ) as v
    where p.organization_id = p_organization_id and p.agent_id = p_agent_id and p.intent = p_intent;
  settings := jsonb_build_object(
    'model', v_config.model, 'temperature', v_config.temperature, 'maxOutputTokens', v_config.max_output_tokens,
    'prompts', v_prompts
  );
end $$;
comment on function run_settings is 'What an organization has set for the model calls of a run, and which versions these are.';

create function claim_runs(p_organization_id uuid, p_items jsonb) returns jsonb
  language plpgsql
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  as $$
declare
  v_item record;
  v_run agent_runs;
  v_set record;
  v_results jsonb := '{}';
begin
  perform enter_group(p_organization_id, p_items);
  for v_item in
    select * from jsonb_to_recordset(p_items) as s(
      n integer, run_id uuid, worker_id uuid, lease_ms integer, parent_run_id uuid, parent_fence bigint
    )
    order by run_id
  loop
    if v_item.parent_run_id is not null then
      perform from agent_runs
        where organization_id = p_organization_id and id = v_item.parent_run_id and fence = v_item.parent_fence
          and status::text = 'running'
        for share;
      continue when not found;
    end if;
    select c.* into v_set
      from agent_runs r
      cross join lateral run_settings(p_organization_id, r.agent_id, r.brand_id, r.intent, r.tries_drafts) as c
      where r.organization_id = p_organization_id and r.id = v_item.run_id;
    continue when not found;
    update agent_runs set
      status = 'running', waiting_for = null, fence = fence + 1, attempt = attempt + 1, sequence = sequence + 1,
      lease_holder = v_item.worker_id,
      lease_expires_at = clock_timestamp() + make_interval(secs => v_item.lease_ms / 1000.0),
      started_at = coalesce(started_at, clock_timestamp()), error = null, not_before = null, budget_wait = null,
      policy_version = v_set.policy_version, config_version = v_set.config_version, updated_at = now()
      where organization_id = p_organization_id and id = v_item.run_id
        and case when v_item.parent_run_id is null
          then cancel_requested_at is null
            and (status = 'queued' or status = 'running' and lease_expires_at < clock_timestamp())
          else status in ('queued', 'running', 'waiting', 'failed', 'needs_attention')
        end
      returning * into v_run;
    continue when not found;
    v_results := v_results || jsonb_build_object(v_item.n, jsonb_build_object(
      'runId', v_run.id, 'rootRunId', v_run.root_run_id, 'parentRunId', v_run.parent_run_id, 'brandId', v_run.brand_id,
      'agent', v_run.agent, 'intent', v_run.intent, 'input', v_run.input, 'fence', v_run.fence,
      'attempt', v_run.attempt, 'approveAll', v_run.approve_all, 'tainted', v_run.tainted,
      'requestedBy', v_run.requested_by, 'triesDrafts', v_run.tries_drafts, 'settings', v_set.settings
    ));
  end loop;
  return v_results;
end $$;
comment on function claim_runs is
  'Takes the leases of root runs that are queued or whose holder fell silent, and of children for the holder of their parent, whoever held them before. Returns the runs with their settings; none where there is nothing to take.';

create function finish_runs(p_organization_id uuid, p_items jsonb) returns jsonb
  language plpgsql
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  as $$
declare
  v_item record;
  v_sequence bigint;
  v_is_heard boolean;
  v_results jsonb := '{}';
begin
  perform enter_group(p_organization_id, p_items);
  v_is_heard := exists (
    select from webhook_endpoints
    where organization_id = p_organization_id and disabled_at is null
      and event_types && array['run.succeeded', 'run.*', '*']
  );
  for v_item in
    select * from jsonb_to_recordset(p_items) as s(n integer, run_id uuid, fence bigint, output jsonb, is_root boolean)
    order by run_id
  loop
    if v_item.is_root and v_is_heard then
      v_results := v_results || jsonb_build_object(v_item.n, 'heard');
      continue;
    end if;
    update agent_runs set
      status = 'succeeded', waiting_for = null, error = null, output = v_item.output -> 0, lease_holder = null,
      lease_expires_at = null, finished_at = clock_timestamp(), sequence = sequence + 1, updated_at = now()
      where organization_id = p_organization_id and id = v_item.run_id and fence = v_item.fence and status::text = 'running'
      returning sequence into v_sequence;
    continue when not found;
    insert into run_events (organization_id, run_id, sequence, type, data)
      values (p_organization_id, v_item.run_id, v_sequence, 'run', '{"status": "succeeded"}');
    v_results := v_results || jsonb_build_object(v_item.n, 'written');
  end loop;
  return v_results;
end $$;
comment on function finish_runs is
  'Ends runs that have succeeded, under their fences. Returns written, or heard, where an endpoint listens and nothing was written because its message belongs in one transaction with the end; none where the lease is lost.';

create function start_runs(p_organization_id uuid, p_items jsonb) returns jsonb
  language plpgsql
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  as $$
declare
  v_results jsonb;
begin
  perform enter_group(p_organization_id, p_items);
  insert into agents (organization_id, id, name, kind)
    select distinct on (s.agent) p_organization_id, s.agent_id, s.agent, s.agent_kind
    from jsonb_to_recordset(p_items) as s(agent_id uuid, agent text, agent_kind agent_kind)
    where (select a.id from agents a where a.organization_id = p_organization_id and a.name = s.agent) is null
    order by s.agent
    on conflict (organization_id, name) do nothing;
  with named as materialized (
    select s.*, (select a.id from agents a where a.organization_id = p_organization_id and a.name = s.agent) as known_agent_id,
      (select b.id from brands b where b.organization_id = p_organization_id and b.slug = s.brand) as brand_id
    from jsonb_to_recordset(p_items) as s(
      n integer, run_id uuid, agent text, intent text, brand citext, input jsonb, input_hash text, requested_by text,
      approve_all boolean, tainted boolean, schema_hash text, tries_drafts boolean, job_id uuid, patience_ms integer,
      key text, request_hash text
    )
  ),
  asked as materialized (
    select s.*, case
        when exists (
          select from run_idempotency_keys k where k.organization_id = p_organization_id and k.key = s.key
        ) then 'earlier'
        when brand is not null and brand_id is null then 'brand_unknown'
        when exists (
          select from agents a
          where a.organization_id = p_organization_id and a.id = s.known_agent_id and a.status = 'paused'
        ) then 'paused'
      end as refusal
    from named s
  ),
  keys as (
    insert into run_idempotency_keys (organization_id, key, request_hash, run_id)
    select p_organization_id, key, request_hash, run_id from asked
      where key is not null and refusal is null order by key
    on conflict (organization_id, key) do nothing
    returning run_id
  ),
  made as materialized (
    select * from asked where refusal is null and (key is null or run_id in (select run_id from keys))
  ),
  runs as (
    insert into agent_runs (
      organization_id, id, agent_id, agent, intent, brand_id, root_run_id, status, input, input_hash, requested_by,
      approve_all, tainted, schema_hash, tries_drafts, sequence
    )
    select p_organization_id, run_id, known_agent_id, agent, intent, brand_id, run_id, 'queued', input -> 0, input_hash,
      requested_by, approve_all, tainted, schema_hash, tries_drafts, 1
    from made
  ),
  events as (
    insert into run_events (organization_id, run_id, sequence, type, data)
    select p_organization_id, run_id, 1, 'run', '{"status": "queued"}' from made
  ),
  jobs as (
    insert into agent_jobs (organization_id, id, queue, run_id, run_at, check_at)
    select p_organization_id, job_id, 'agent.run', run_id, clock_timestamp(),
      clock_timestamp() + make_interval(secs => patience_ms / 1000.0)
    from made
  )
  -- A key that another request takes at this moment was waited for, and stands in neither.
  select coalesce(jsonb_object_agg(n, result), '{}') into v_results from (
    select n, 'made' as result from made
    union all
    select n, refusal from asked where refusal is not null
  ) as results;
  return v_results;
end $$;
comment on function start_runs is
  'Writes queued runs with their first event and their job. Returns made; brand_unknown or paused, where nothing was written; earlier or none, where its idempotency key has started a run.';
