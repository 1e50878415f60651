-- Where little goes on most groups are of one item, and a fifth of its time went to what a statement about many costs.
set local role neonhub_migrate;

create function record_only_step(p_organization_id uuid, p_item jsonb) returns jsonb
  language plpgsql
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set enable_bitmapscan = off
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
comment on function record_only_step is 'What record_steps does, of one item.';

alter function record_steps rename to record_step_group;
create function record_steps(p_organization_id uuid, p_items jsonb) returns jsonb
  language plpgsql
  as $$
begin
  if jsonb_array_length(p_items) = 1 then
    return record_only_step(p_organization_id, p_items -> 0);
  end if;
  return record_step_group(p_organization_id, p_items);
end $$;
comment on function record_steps is
  'Writes finished steps under their leases'' fences and renews the leases. An output stands in an array of one, which tells null from none. Returns each step''s sequence; none where the lease is lost.';
comment on function record_step_group is 'What record_steps does, of many items.';
