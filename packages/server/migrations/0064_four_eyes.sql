-- Four eyes: what an organization asks two people for is not said yes to by the one who asked for it.
set local role neonhub_migrate;

alter table approvals add column four_eyes boolean not null default false;
comment on column approvals.four_eyes is 'Whether the yes has to come from another person than the one who asked for the run.';

-- Keys, schedules, triggers, evals and child runs act for whoever made them, so a name leads to another until it is a
-- person's, or the operator's.
create function person_behind(p_organization_id uuid, p_name text) returns text
  language plpgsql stable
  as $$
declare
  v_name text := p_name;
  v_next text;
begin
  -- No chain is this long.
  for v_turn in 1..16 loop
    v_next := case
      when v_name like 'api\_key:%' then (
        select coalesce('user:' || owner_user_id, 'cli') from api_keys
        where organization_id = p_organization_id and id::text = substr(v_name, 9)
      )
      when v_name like 'run:%' then (
        select requested_by from agent_runs
        where organization_id = p_organization_id and id = substr(v_name, 5)::uuid
      )
      when v_name like 'trigger:%' then (
        select created_by from trigger_configs
        where organization_id = p_organization_id and id = substr(v_name, 9)::uuid
      )
      when v_name ~ '^(schedule|eval):\S+ of ' then regexp_replace(v_name, '^\S+ of ', '')
    end;
    exit when v_next is null;
    v_name := v_next;
  end loop;
  return v_name;
end $$;
comment on function person_behind is
  'The person for whom a key, a schedule, a trigger, an eval or a run acts, as a name: user:ID, or cli for the operator. The last name that is known, where what it leads to is gone.';
