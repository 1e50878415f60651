-- A call that nothing stands against is one statement from its guards to its row.
set local role neonhub_migrate;

create function newest_policy(p_agent text) returns jsonb
  language plpgsql
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  as $$
declare
  v_newest jsonb;
begin
  select jsonb_build_object(
      'version', p.version, 'rules', p.rules, 'note', p.note, 'actor', p.actor, 'createdAt', p.created_at
    ) into v_newest
    from agents a
    join agent_policies p on p.organization_id = a.organization_id and p.agent_id = a.id
    where a.organization_id = current_organization() and a.name = p_agent
    order by p.version desc limit 1;
  return v_newest;
end $$;
comment on function newest_policy is
  'The newest version of what an organization leaves of an agent''s policy; null where the code''s alone counts.';

create function hold_policy_version(p_agent text) returns integer
  language plpgsql
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  as $$
begin
  perform pg_advisory_xact_lock_shared(hashtextextended('policy ' || current_organization() || '/' || p_agent, 0));
  -- A statement of its own: it sees what whoever held the lock before has written.
  return (
    select p.version from agents a
    join agent_policies p on p.organization_id = a.organization_id and p.agent_id = a.id
    where a.organization_id = current_organization() and a.name = p_agent
    order by p.version desc limit 1
  );
end $$;
comment on function hold_policy_version is
  'The newest version of what an organization leaves of an agent''s policy, which nobody changes until the transaction ends; null where the code''s alone counts.';

create or replace function hold_policy(p_agent text) returns jsonb
  language plpgsql
  as $$
begin
  perform hold_policy_version(p_agent);
  return newest_policy(p_agent);
end $$;

create function has_limits(p_connection_id uuid) returns boolean
  language plpgsql
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  as $$
begin
  return exists (
    select from limits where organization_id = current_organization() and connection_id = p_connection_id
  );
end $$;
comment on function has_limits is 'Whether something is set about how often a connection is called.';

create or replace function hold_call(p_agent text, p_connection_id uuid, p_action text) returns jsonb
  language plpgsql
  as $$
declare
  v_action_version integer;
begin
  if p_connection_id is not null then
    v_action_version := hold_action_config(p_connection_id, p_action);
  end if;
  return jsonb_build_object(
    'actionVersion', v_action_version, 'policy', hold_policy(p_agent), 'hasLimits', has_limits(p_connection_id)
  );
end $$;

create or replace function refuse_dry_run_effect() returns trigger
  language plpgsql
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  as $$
declare
  v_run record;
begin
  select is_dry_run, root_run_id into v_run from agent_runs
    where organization_id = new.organization_id and id = new.run_id;
  if v_run.is_dry_run or v_run.root_run_id <> new.run_id and exists (
    select from agent_runs where organization_id = new.organization_id and id = v_run.root_run_id and is_dry_run
  ) then
    raise exception 'a dry run has no effects' using errcode = 'check_violation';
  end if;
  return new;
end $$;

create or replace function open_connection(p_organization_id uuid, p_name citext, p_action text) returns jsonb
  language plpgsql
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  as $$
declare
  v_opened jsonb;
begin
  perform enter_organization(p_organization_id);
  select jsonb_build_object(
      'id', a.id, 'connector', a.connector, 'name', a.name, 'mode', a.mode, 'status', a.status, 'settings', a.settings,
      'stamp', a.xmin::text, 'configs', (
        select coalesce(jsonb_agg(jsonb_build_object(
          'version', f.version, 'enabled', f.enabled, 'fixed', f.fixed, 'defaults', f.defaults, 'price', f.price
        ) order by f.version desc), '[]')
        from action_configs f
        where f.organization_id = a.organization_id and f.connection_id = a.id and f.action = p_action
      )
    ) || jsonb_strip_nulls(jsonb_build_object(
      'credentialId', a.credential_id, 'sealed', encode(c.sealed, 'base64'), 'account', a.account,
      'accessExpiresInMs', (extract(epoch from a.access_expires_at - clock_timestamp()) * 1000)::float8,
      'refreshCredentialId', a.refresh_credential_id, 'sealedRefresh', encode(r.sealed, 'base64')
    )) into v_opened
    from connector_auths a
    left join credentials c on c.organization_id = a.organization_id and c.id = a.credential_id
    left join credentials r on r.organization_id = a.organization_id and r.id = a.refresh_credential_id
    where a.organization_id = p_organization_id and a.name = p_name;
  return v_opened;
end $$;
comment on function open_connection is
  'A connection by its name with its sealed secrets in base64, a stamp that each change of its row changes, and what is fixed of one of its actions, newest first; null where there is none.';

create function open_call(p_organization_id uuid, p_name citext, p_action text, p_agent text) returns jsonb
  language plpgsql
  as $$
declare
  v_opened jsonb := open_connection(p_organization_id, p_name, p_action);
begin
  return v_opened || jsonb_build_object(
    'policy', newest_policy(p_agent), 'hasLimits', has_limits((v_opened ->> 'id')::uuid)
  );
end $$;
comment on function open_call is
  'What open_connection returns, with what hold_call does of the agent''s policy and the connection''s limits, none of it held.';

create or replace function write_tool_execution(p_execution jsonb, p_sends bigint, p_is_sandbox boolean) returns jsonb
  language plpgsql
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  as $$
declare
  v_organization_id uuid := current_organization();
  v_run record;
  v_refused jsonb;
  v record;
begin
  select * into v from jsonb_to_record(p_execution) as t(
    id uuid, run_id uuid, fence bigint, step_key text, tool text, effect effect_class, connection_id uuid,
    mode connection_mode, status tool_execution_status, arguments jsonb, arguments_hash text, preview jsonb, error jsonb,
    not_before timestamptz, deadline_ms integer, uses jsonb, result jsonb, simulation jsonb
  );
  -- The run's row is locked and its event numbered at once; a number that nothing is written under does no harm. Status as
  -- text: see 0042.
  update agent_runs set sequence = sequence + 1
    where organization_id = v_organization_id and id = v.run_id and fence = v.fence and status::text = 'running'
    returning agent_id, sequence into v_run;
  if not found then
    return '{"outcome": "lost"}';
  end if;
  if (v.uses is not null or p_sends is not null) and exists (
    select from budget_profiles
    where organization_id = v_organization_id and limits = any ('{sends,tool_cost,ad_spend}') and ended_at is null
  ) then
    v_refused := reserve_uses(
      v.id, 'tool_execution',
      coalesce(v.uses, jsonb_build_array(jsonb_build_object('limits', 'sends', 'amount', p_sends))),
      v.run_id, p_is_sandbox
    );
    if v_refused is not null then
      return jsonb_build_object('outcome', 'refused', 'refused', v_refused);
    end if;
  end if;
  insert into tool_executions (
    organization_id, id, run_id, step_key, tool, effect, connection_id, mode, status, arguments, arguments_hash, preview,
    attempt, fence, error, started_at, finished_at, deadline_at, not_before, result, simulation, policy_version
  ) values (
    v_organization_id, v.id, v.run_id, v.step_key, v.tool, v.effect, v.connection_id, v.mode, v.status, v.arguments,
    v.arguments_hash, v.preview, case v.status when 'executing' then 1 else 0 end, v.fence, v.error,
    case v.status when 'executing' then clock_timestamp() end,
    case when v.status in ('denied', 'simulated') then clock_timestamp() end,
    case v.status when 'executing' then clock_timestamp() + make_interval(secs => v.deadline_ms / 1000.0) end,
    v.not_before, v.result -> 0, v.simulation,
    -- Of the policy that the guards were asked about: they hold it until the transaction ends.
    (
      select max(p.version) from agent_policies p
      where p.organization_id = v_organization_id and p.agent_id = v_run.agent_id
    )
  );
  insert into run_events (organization_id, run_id, sequence, type, data) values (
    v_organization_id, v.run_id, v_run.sequence, 'tool',
    jsonb_build_object('id', v.id, 'stepKey', v.step_key, 'tool', v.tool, 'status', v.status)
  );
  return jsonb_build_object(
    'outcome', 'written', 'breaker', case v.status when 'executing' then pass_breaker(v.connection_id, v.deadline_ms) end
  );
end $$;

create function start_tool_execution(
  p_organization_id uuid, p_asked jsonb, p_execution jsonb, p_is_sandbox boolean
) returns jsonb
  language plpgsql
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  as $$
declare
  v record;
  v_connection_id uuid := p_execution ->> 'connection_id';
  v_action_version integer;
  v_policy_version integer;
  v_mailboxes jsonb;
begin
  perform enter_organization(p_organization_id);
  select * into v from jsonb_to_record(p_asked) as t(
    agent text, stamp text, action text, action_version integer, policy_version integer, channel text,
    purpose consent_purpose, recipients jsonb
  );
  -- In the order of hold_call.
  v_action_version := hold_action_config(v_connection_id, v.action);
  v_policy_version := hold_policy_version(v.agent);
  if v_action_version is distinct from v.action_version
    or v_policy_version is distinct from v.policy_version
    or has_limits(v_connection_id)
    or not exists (
      select from connector_auths
      where organization_id = p_organization_id and id = v_connection_id and xmin::text = v.stamp
    )
    or jsonb_typeof(v.recipients) is distinct from 'array'
  then
    return '{"outcome": "ask"}';
  end if;
  if jsonb_array_length(v.recipients) > 0 then
    v_mailboxes := hold_mailboxes(v.recipients);
    -- The hash of an address that is left of an erased person is the server's to make.
    if exists (
      select from suppressions
      where organization_id = p_organization_id and channel = v.channel and address_hmac is not null
    ) or exists (
      select from jsonb_to_recordset(ask_recipients(v.channel, coalesce(v.purpose, 'transactional'), v_mailboxes))
        as one (reason text, status consent_status)
      where reason is not null
        or v.purpose is not null and status in ('denied', 'revoked')
        or v.purpose = 'marketing' and status is distinct from 'granted'
    ) then
      return '{"outcome": "ask"}';
    end if;
  end if;
  return write_tool_execution(p_execution, null, p_is_sandbox);
end $$;
comment on function start_tool_execution is
  'Writes a new call that leaves at once as write_tool_execution does, where what it was judged by is what is held now, and nothing on record of its recipients may be a no. Else the outcome is ask, and nothing was written: the guards are asked one by one, and say why.';

create or replace function end_tool_executions(p_organization_id uuid, p_items jsonb) returns jsonb
  language plpgsql
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  as $$
declare
  v_item record;
  v_sequence bigint;
  v_results jsonb := '{}';
  v_outcome text;
begin
  perform enter_group(p_organization_id, p_items);
  for v_item in
    select * from jsonb_to_recordset(p_items) as s(
      n integer, run_id uuid, fence bigint, id uuid, step_key text, tool text, status tool_execution_status,
      sources tool_execution_status[], result jsonb, error jsonb, keeps_approval boolean, is_spent boolean, spent jsonb,
      cost_micros bigint, cost_currency text, ad_spend_micros bigint, ad_spend_currency text
    )
    order by run_id
  loop
    -- As write_tool_execution does.
    update agent_runs set sequence = sequence + 1
      where organization_id = p_organization_id and id = v_item.run_id and fence = v_item.fence
        and status::text = 'running'
      returning sequence into v_sequence;
    continue when not found;
    update tool_executions set
      status = v_item.status, result = v_item.result -> 0, error = v_item.error,
      cost_micros = v_item.cost_micros, cost_currency = v_item.cost_currency,
      ad_spend_micros = v_item.ad_spend_micros, ad_spend_currency = v_item.ad_spend_currency,
      finished_at = clock_timestamp(), not_before = null
      where organization_id = p_organization_id and run_id = v_item.run_id and id = v_item.id
        and status = any (v_item.sources);
    continue when not found;
    -- What may have had its effect has used what it held; of an unknown one, a person says so.
    if v_item.status <> 'unknown' and exists (
      select from budget_reservations
      where organization_id = p_organization_id and call_id = v_item.id and status = 'held'
    ) then
      perform case when v_item.is_spent then settle_uses(v_item.id, v_item.spent) else settle_budgets(v_item.id, 0) end;
    end if;
    v_outcome := 'written';
    if v_item.keeps_approval then
      update approvals set status = 'approved', updated_at = now()
        where organization_id = p_organization_id and tool_execution_id = v_item.id and status = 'used';
    elsif v_item.status = 'expired' then
      update approvals set status = 'expired', updated_at = now()
        where organization_id = p_organization_id and tool_execution_id = v_item.id and status in ('pending', 'approved');
      if found then
        v_outcome := 'approval_expired';
      end if;
    end if;
    insert into run_events (organization_id, run_id, sequence, type, data) values (
      p_organization_id, v_item.run_id, v_sequence, 'tool', jsonb_build_object(
        'id', v_item.id, 'stepKey', v_item.step_key, 'tool', v_item.tool, 'status', v_item.status
      )
    );
    v_results := v_results || jsonb_build_object(v_item.n, v_outcome);
  end loop;
  return v_results;
end $$;
