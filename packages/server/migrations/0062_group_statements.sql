-- A group of steps, and of ended runs, is one statement: the start of a statement about tables that lie in months costs
-- more than what it does to a row.
set local role neonhub_migrate;

-- The rows are found by an index on their ids, and so are locked in the order of their ids, as every group locks them.
-- A bitmap would lock them in the order in which they lie.
create or replace function record_steps(p_organization_id uuid, p_items jsonb) returns jsonb
  language plpgsql
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set enable_bitmapscan = off
  as $$
declare
  v_run_ids uuid[];
  v_fences bigint[];
  v_leases interval[];
  v_results jsonb;
  v_held integer;
  v_written integer;
begin
  perform enter_group(p_organization_id, p_items);
  select array_agg(run_id order by run_id), array_agg(fence order by run_id),
      array_agg(make_interval(secs => lease_ms / 1000.0) order by run_id)
    into v_run_ids, v_fences, v_leases
    from jsonb_to_recordset(p_items) as s(run_id uuid, fence bigint, lease_ms integer);
  with held as (
    update agent_runs set
      sequence = sequence + 1, lease_expires_at = clock_timestamp() + v_leases[array_position(v_run_ids, id)]
      where organization_id = p_organization_id and id = any (v_run_ids)
        and fence = v_fences[array_position(v_run_ids, id)] and status::text = 'running'
      returning id, sequence
  ),
  written as (
    insert into run_steps (
      organization_id, run_id, key, sequence, kind, status, fence, input_hash, output, payload_hash, child_run_id, error,
      started_at
    )
    select p_organization_id, run_id, key, held.sequence, kind, status, fence, input_hash, output -> 0, payload_hash,
      child_run_id, error, coalesce(started_at, clock_timestamp() - make_interval(secs => elapsed_ms / 1000.0))
    from jsonb_to_recordset(p_items) as s(
      run_id uuid, fence bigint, key text, kind step_kind, status step_status, input_hash text, output jsonb,
      payload_hash text, child_run_id uuid, error jsonb, started_at timestamptz, elapsed_ms double precision
    )
    join held on held.id = s.run_id
    on conflict (organization_id, run_id, key) do update set
      sequence = excluded.sequence, status = excluded.status, attempt = run_steps.attempt + 1, fence = excluded.fence,
      input_hash = excluded.input_hash, output = excluded.output, payload_hash = excluded.payload_hash,
      child_run_id = excluded.child_run_id, error = excluded.error, started_at = excluded.started_at,
      finished_at = clock_timestamp()
      where run_steps.status = 'failed'
    returning 1
  )
  select coalesce(jsonb_object_agg(n, held.sequence), '{}'), count(*), (select count(*) from written)
    into v_results, v_held, v_written
    from jsonb_to_recordset(p_items) as s(n integer, run_id uuid) join held on held.id = s.run_id;
  if v_written < v_held then
    raise exception 'a step is finished already' using errcode = 'unique_violation';
  end if;
  return v_results;
end $$;

create or replace function finish_runs(p_organization_id uuid, p_items jsonb) returns jsonb
  language plpgsql
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set enable_bitmapscan = off
  as $$
declare
  v_run_ids uuid[];
  v_fences bigint[];
  v_outputs jsonb[];
  v_is_heard boolean;
  v_results jsonb;
begin
  perform enter_group(p_organization_id, p_items);
  v_is_heard := exists (
    select from webhook_endpoints
    where organization_id = p_organization_id and disabled_at is null
      and event_types && array['run.succeeded', 'run.*', '*']
  );
  select array_agg(run_id order by run_id), array_agg(fence order by run_id), array_agg(output -> 0 order by run_id)
    into v_run_ids, v_fences, v_outputs
    from jsonb_to_recordset(p_items) as s(run_id uuid, fence bigint, output jsonb, is_root boolean)
    where not (is_root and v_is_heard);
  with ended as (
    update agent_runs set
      status = 'succeeded', waiting_for = null, error = null, output = v_outputs[array_position(v_run_ids, id)],
      lease_holder = null, lease_expires_at = null, finished_at = clock_timestamp(), sequence = sequence + 1,
      updated_at = now()
      where organization_id = p_organization_id and id = any (v_run_ids)
        and fence = v_fences[array_position(v_run_ids, id)] and status::text = 'running'
      returning id, sequence
  ),
  told as (
    insert into run_events (organization_id, run_id, sequence, type, data)
    select p_organization_id, id, sequence, 'run', '{"status": "succeeded"}' from ended
  )
  select coalesce(jsonb_object_agg(n, case when ended.id is null then 'heard' else 'written' end), '{}') into v_results
    from jsonb_to_recordset(p_items) as s(n integer, run_id uuid, is_root boolean)
    left join ended on ended.id = s.run_id
    where ended.id is not null or s.is_root and v_is_heard;
  return v_results;
end $$;

-- Whether a run is there is asked for each row that names one. A month without statistics, at its beginning, lets any
-- index that begins with the organization look as good as the key, and one that was smaller for a moment was taken: each
-- question then read all of the organization's runs until the month was analyzed. So these lead with what they are for.
drop index agent_runs_root_run_id_idx;
create index agent_runs_root_run_id_idx on agent_runs (root_run_id, organization_id);
drop index agent_runs_agent_id_idx;
create index agent_runs_agent_id_idx on agent_runs (agent_id, organization_id);
