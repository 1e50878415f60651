-- A run can be made of another one: what came before a step stands in its journal as a copy, and goes on from there. In a dry
-- run no effect leaves, and the database keeps to that whatever the code does.
set local role neonhub_migrate;

alter table agent_runs
  add column is_dry_run boolean not null default false,
  add column stubs_reads boolean not null default false,
  add column forked_from_run_id uuid,
  add column forked_from_step text,
  add column overrides jsonb,
  add check (is_dry_run or not stubs_reads),
  add foreign key (organization_id, forked_from_run_id) references agent_runs (organization_id, id)
    on delete set null (forked_from_run_id) deferrable;
comment on column agent_runs.is_dry_run is 'No effect of it, or of a run below it, leaves: each is simulated. Never changed.';
comment on column agent_runs.stubs_reads is 'Of a dry run: reads are simulated too.';
comment on column agent_runs.forked_from_run_id is 'The run that this one was made of; null where there was none, or once the organization''s retention has removed it.';
comment on column agent_runs.forked_from_step is 'The key from which it went on by itself: what came before was copied. Null where nothing was.';
comment on column agent_runs.overrides is 'What is asked in the place of what the organization has set: {"model", "prompts": [{"agent", "intent", "key", "version"}]}.';
create index agent_runs_forked_from_run_id_idx on agent_runs (organization_id, forked_from_run_id)
  where forked_from_run_id is not null;

alter table run_steps add column is_copied boolean not null default false;
comment on column run_steps.is_copied is 'It is another run''s: this one was made of that, and has not done it.';

alter table tool_executions
  add column is_copied boolean not null default false,
  add column simulation jsonb,
  add check ((status::text = 'simulated') = (simulation is not null));
comment on column tool_executions.is_copied is 'It is another run''s: this one was made of that, and has not made the call.';
comment on column tool_executions.simulation is 'Of a call that was simulated: {"asksApproval", "heldUntil"}, what would have kept it from leaving at once.';

create function refuse_dry_run_change() returns trigger
  language plpgsql
  as $$
begin
  raise exception 'whether a run is a dry run never changes' using errcode = 'check_violation';
end $$;
comment on function refuse_dry_run_change is 'Keeps agent_runs.is_dry_run what it was when the run was written.';
create trigger keep_dry_run before update of is_dry_run on agent_runs
  for each row when (old.is_dry_run is distinct from new.is_dry_run) execute function refuse_dry_run_change();

-- A call is written down as executing before it leaves, so that one which cannot be written so cannot leave. The root is
-- asked too: a child that was written without the mark is no way out.
create function refuse_dry_run_effect() returns trigger
  language plpgsql
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  as $$
begin
  if exists (
    select from agent_runs r
    join agent_runs root on root.organization_id = r.organization_id and root.id = r.root_run_id
    where r.organization_id = new.organization_id and r.id = new.run_id and (r.is_dry_run or root.is_dry_run)
  ) then
    raise exception 'a dry run has no effects' using errcode = 'check_violation';
  end if;
  return new;
end $$;
comment on function refuse_dry_run_effect is 'Lets no effect of a dry run be written down as one that leaves, asks for a yes, or may have left.';
create trigger refuse_dry_run_effect before insert or update of status on tool_executions
  for each row when (new.effect <> 'read' and new.status in ('executing', 'awaiting_approval', 'unknown'))
  execute function refuse_dry_run_effect();

create function override_settings(
  p_organization_id uuid, p_settings jsonb, p_overrides jsonb, p_agent text, p_intent text
) returns jsonb
  language plpgsql stable
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  as $$
declare
  v_prompts jsonb;
begin
  select coalesce(jsonb_agg(one.prompt), '[]') into v_prompts from (
    select s.prompt from jsonb_array_elements(p_settings -> 'prompts') as s(prompt)
      where not exists (
        select from jsonb_to_recordset(p_overrides -> 'prompts') as o(agent text, intent text, key text)
        where o.agent = p_agent and o.intent = p_intent and o.key = s.prompt ->> 'key'
      )
    union all
    select jsonb_build_object('key', p.step_key, 'promptId', p.id, 'version', v.version, 'task', v.task)
      from jsonb_to_recordset(p_overrides -> 'prompts') as o(agent text, intent text, key text, version integer)
      join agents a on a.organization_id = p_organization_id and a.name = o.agent
      join prompts p on p.organization_id = p_organization_id and p.agent_id = a.id and p.intent = o.intent
        and p.step_key = o.key
      join prompt_versions v on v.organization_id = p_organization_id and v.prompt_id = p.id and v.version = o.version
      where o.agent = p_agent and o.intent = p_intent
  ) as one;
  return p_settings || jsonb_build_object('prompts', v_prompts) || case when p_overrides ? 'model'
    then jsonb_build_object('model', p_overrides -> 'model', 'forcesModel', true) else '{}' end;
end $$;
comment on function override_settings is
  'What run_settings said, with what a run asks in its place. Version 0 of a prompt is the code''s, which no row holds.';

-- What stands in these functions is changed in a few places, as they stand, whichever migration changed them last. A worker of
-- an earlier release knows no dry run, and leaves what it would not understand to others: it says nothing of knows_forks.
do $$
declare
  v_change record;
  v_text text;
begin
  for v_change in
    select * from (values
      (
        'start_runs(uuid, jsonb)', 'key text, request_hash text',
        'key text, request_hash text, is_dry_run boolean, stubs_reads boolean, forked_from_run_id uuid, forked_from_step text, overrides jsonb'
      ),
      (
        'start_runs(uuid, jsonb)', 'tries_drafts, sequence',
        'tries_drafts, sequence, is_dry_run, stubs_reads, forked_from_run_id, forked_from_step, overrides'
      ),
      (
        'start_runs(uuid, jsonb)', 'tries_drafts, 1',
        'tries_drafts, 1, coalesce(is_dry_run, false), coalesce(stubs_reads, false), forked_from_run_id, forked_from_step, overrides'
      ),
      (
        'claim_runs(uuid, jsonb)', 'parent_run_id uuid, parent_fence bigint',
        'parent_run_id uuid, parent_fence bigint, knows_forks boolean'
      ),
      (
        'claim_runs(uuid, jsonb)', 'and case when v_item.parent_run_id is null',
        'and (v_item.knows_forks or not is_dry_run and forked_from_step is null and overrides is null) and case when v_item.parent_run_id is null'
      ),
      (
        'claim_runs(uuid, jsonb)', '''settings'', v_set.settings',
        '''isDryRun'', v_run.is_dry_run, ''stubsReads'', v_run.stubs_reads, ''overrides'', v_run.overrides,
      ''hasCopies'', v_run.forked_from_step is not null,
      ''settings'', case when v_run.overrides is null then v_set.settings else override_settings(
        p_organization_id, v_set.settings, v_run.overrides, v_run.agent, v_run.intent
      ) end'
      ),
      (
        'write_tool_execution(jsonb, bigint, boolean)', 'not_before timestamptz, deadline_ms integer',
        'not_before timestamptz, deadline_ms integer, result jsonb, simulation jsonb'
      ),
      (
        'write_tool_execution(jsonb, bigint, boolean)', 'deadline_at, not_before, policy_version',
        'deadline_at, not_before, result, simulation, policy_version'
      ),
      (
        'write_tool_execution(jsonb, bigint, boolean)', 'case v.status when ''denied'' then clock_timestamp() end',
        'case when v.status in (''denied'', ''simulated'') then clock_timestamp() end'
      ),
      (
        'write_tool_execution(jsonb, bigint, boolean)', 'v.not_before,', 'v.not_before, v.result -> 0, v.simulation,'
      )
    ) as c(function, was, becomes)
  loop
    v_text := pg_get_functiondef(v_change.function::regprocedure);
    if position(v_change.was in v_text) = 0 then
      raise exception '% has no "%"', v_change.function, v_change.was;
    end if;
    execute replace(v_text, v_change.was, v_change.becomes);
  end loop;
end $$;
