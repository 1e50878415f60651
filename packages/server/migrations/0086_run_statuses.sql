-- Whoever waits for runs asks again and again, and many ask at one moment.
set local role neonhub_migrate;

create function run_statuses(p_organization_id uuid, p_items jsonb) returns jsonb
  language plpgsql
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  set enable_bitmapscan = off
  as $$
declare
  v_results jsonb;
begin
  perform enter_group(p_organization_id, p_items);
  select coalesce(jsonb_object_agg(n, r.status), '{}') into v_results
    from jsonb_to_recordset(p_items) as s(n integer, run_id uuid)
    join agent_runs r on r.organization_id = p_organization_id and r.id = s.run_id;
  return v_results;
end $$;
comment on function run_statuses is 'The statuses of runs; none where there is no such run.';
