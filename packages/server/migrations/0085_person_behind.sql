-- Who asked for a run by a trigger that was deleted since could otherwise say yes to its calls as if another had asked.
set local role neonhub_migrate;

create or replace function person_behind(p_organization_id uuid, p_name text) returns text
  language plpgsql stable
  as $$
declare
  v_name text := p_name;
begin
  -- No chain is this long.
  for v_turn in 1..16 loop
    if v_name is null or v_name = 'cli' or v_name like 'user:%' then
      return v_name;
    end if;
    v_name := case
      when v_name like 'api\_key:%' then (
        select coalesce('user:' || owner_user_id, 'cli') from api_keys
        where organization_id = p_organization_id and id::text = substr(v_name, 9)
      )
      when v_name like 'run:%' then (
        select requested_by from agent_runs
        where organization_id = p_organization_id and id = substr(v_name, 5)::uuid
      )
      when v_name ~ '^(schedule|eval|trigger):\S+ of ' then regexp_replace(v_name, '^\S+ of ', '')
      -- As a server of the release before wrote it.
      when v_name like 'trigger:%' then (
        select created_by from trigger_configs
        where organization_id = p_organization_id and id = substr(v_name, 9)::uuid
      )
    end;
  end loop;
  return null;
end $$;
comment on function person_behind is
  'The person for whom a key, a schedule, a trigger, an eval or a run acts, as a name: user:ID, or cli for the operator. Null where nobody knows any more.';
