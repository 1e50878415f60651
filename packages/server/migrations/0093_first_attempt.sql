-- A step of a run's first attempt writes over no failure.
set local role neonhub_migrate;

create or replace function record_only_step(p_organization_id uuid, p_item jsonb) returns jsonb
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
    output jsonb, payload_hash text, child_run_id uuid, error jsonb, started_at timestamptz, elapsed_ms double precision,
    is_first_attempt boolean
  );
  update agent_runs set
    sequence = sequence + 1, lease_expires_at = clock_timestamp() + make_interval(secs => v_item.lease_ms / 1000.0)
    where organization_id = p_organization_id and id = v_item.run_id and fence = v_item.fence and status::text = 'running'
    returning sequence into v_sequence;
  if not found then
    return '{}';
  end if;
  -- Nothing of a first attempt's run stands yet: looking for a failure to write over costs an eighth of it all.
  if v_item.is_first_attempt then
    insert into run_steps (
      organization_id, run_id, key, sequence, kind, status, fence, input_hash, output, payload_hash, child_run_id, error,
      started_at
    )
    values (
      p_organization_id, v_item.run_id, v_item.key, v_sequence, v_item.kind, v_item.status, v_item.fence,
      v_item.input_hash, v_item.output -> 0, v_item.payload_hash, v_item.child_run_id, v_item.error,
      coalesce(v_item.started_at, clock_timestamp() - make_interval(secs => v_item.elapsed_ms / 1000.0))
    );
    return jsonb_build_object(v_item.n, v_sequence);
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

-- Before an update PostgreSQL locks the row for its triggers, which is a record of its own in the log.
drop trigger keep_dry_run on agent_runs;
create trigger keep_dry_run after update of is_dry_run on agent_runs
  for each row when (old.is_dry_run is distinct from new.is_dry_run) execute function refuse_dry_run_change();
