-- When a step began was told by its worker's clock, which may be an hour off: a step then ended before it began. Workers say
-- how long a step took, and the database's clock says the rest. Workers of an earlier release still name the time.
set local role neonhub_migrate;

create or replace function record_steps(p_organization_id uuid, p_items jsonb) returns jsonb
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
    child_run_id, error, coalesce(started_at, clock_timestamp() - make_interval(secs => elapsed_ms / 1000.0))
  from jsonb_to_recordset(p_items) as s(
    n integer, run_id uuid, fence bigint, key text, kind step_kind, status step_status, input_hash text, output jsonb,
    payload_hash text, child_run_id uuid, error jsonb, started_at timestamptz, elapsed_ms double precision
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
