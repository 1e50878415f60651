-- Where little goes on most groups are of one item, and a fifth of its time went to what a statement about many costs.
set local role neonhub_migrate;

create function record_only_step(p_organization_id uuid, p_item jsonb) returns jsonb
  language plpgsql
  as $$
declare
  v_item record;
  v_sequence bigint;
begin
  perform enter_organization(p_organization_id);
  select * into v_item from jsonb_to_record(p_item) as s(
    n integer, run_id uuid, fence bigint, lease_ms integer, key text, kind step_kind, status step_status, input_hash text,
    output jsonb, payload_hash text, child_run_id uuid, error jsonb, started_at timestamptz, elapsed_ms double precision
  );
  update agent_runs set
    sequence = sequence + 1, lease_expires_at = clock_timestamp() + make_interval(secs => v_item.lease_ms / 1000.0)
    where organization_id = p_organization_id and id = v_item.run_id and fence = v_item.fence and status::text = 'running'
    returning sequence into v_sequence;
  if not found then
    return '{}';
  end if;
  insert into run_steps (
    organization_id, run_id, key, sequence, kind, status, fence, input_hash, output, payload_hash, child_run_id, error,
    started_at
  )
  values (
    p_organization_id, v_item.run_id, v_item.key, v_sequence, v_item.kind, v_item.status, v_item.fence,
    v_item.input_hash, v_item.output -> 0, v_item.payload_hash, v_item.child_run_id, v_item.error,
    coalesce(v_item.started_at, clock_timestamp() - make_interval(secs => v_item.elapsed_ms / 1000.0))
  )
  on conflict (organization_id, run_id, key) do update set
    sequence = excluded.sequence, status = excluded.status, attempt = run_steps.attempt + 1, fence = excluded.fence,
    input_hash = excluded.input_hash, output = excluded.output, payload_hash = excluded.payload_hash,
    child_run_id = excluded.child_run_id, error = excluded.error, started_at = excluded.started_at,
    finished_at = clock_timestamp()
    where run_steps.status = 'failed';
  if not found then
    raise exception 'a step is finished already' using errcode = 'unique_violation';
  end if;
  return jsonb_build_object(v_item.n, v_sequence);
end $$;
comment on function record_only_step is 'What record_steps does, of one item, under its settings.';

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
  if jsonb_array_length(p_items) = 1 then
    return record_only_step(p_organization_id, p_items -> 0);
  end if;
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
