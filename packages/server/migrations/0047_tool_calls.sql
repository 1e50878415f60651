-- Planning a statement about the journal's tables, which lie in months, takes longer than the statement itself. What
-- stands in the way of each call of a tool is asked and written by functions, which keep one plan.
set local role neonhub_migrate;

create table circuit_breakers (
  organization_id uuid not null,
  connection_id uuid not null,
  faults integer not null default 1 check (faults > 0),
  open_until timestamptz,
  probe_until timestamptz,
  error jsonb not null default '{}',
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  primary key (organization_id, connection_id),
  foreign key (organization_id, connection_id) references connector_auths (organization_id, id) on delete cascade
);
comment on table circuit_breakers is
  'Connections whose last calls failed, for all workers together. One that works has no row.';
comment on column circuit_breakers.faults is 'How many calls failed in a row.';
comment on column circuit_breakers.open_until is
  'Until when no call leaves; from then on one at a time, until one succeeds. Null while too few have failed.';
comment on column circuit_breakers.probe_until is 'Until when the call that is let through to try has to end.';
comment on column circuit_breakers.error is 'How the last of them failed.';
call protect_tenant_table('circuit_breakers', 'select, insert, update, delete');

create function pass_breaker(p_connection_id uuid, p_probe_ms integer) returns jsonb
  language plpgsql
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  as $$
declare
  v_organization_id uuid := current_organization();
  v_breaker circuit_breakers;
  v_until timestamptz;
begin
  select * into v_breaker from circuit_breakers
    where organization_id = v_organization_id and connection_id = p_connection_id;
  if not found then
    return null;
  end if;
  if v_breaker.open_until is not null then
    v_until := greatest(v_breaker.open_until, v_breaker.probe_until);
    if v_until <= clock_timestamp() then
      update circuit_breakers set probe_until = clock_timestamp() + make_interval(secs => p_probe_ms / 1000.0)
        where organization_id = v_organization_id and connection_id = p_connection_id
          and greatest(open_until, probe_until) <= clock_timestamp();
      if found then
        v_until := null;
      else
        select greatest(open_until, probe_until) into v_until from circuit_breakers
          where organization_id = v_organization_id and connection_id = p_connection_id;
      end if;
    end if;
  end if;
  return jsonb_build_object(
    'faults', v_breaker.faults,
    'pausedMs', coalesce(ceil(greatest(0, extract(epoch from v_until - clock_timestamp()) * 1000))::integer, 0)
  );
end $$;
comment on function pass_breaker is
  'Whether a call of a connection may leave: null where none failed; else how many failed in a row and for how many milliseconds it may not, 0 where it may. Of those that ask an open one whose time is over, one is let through until p_probe_ms later.';

create function note_fault(p_connection_id uuid, p_threshold integer, p_open_ms integer, p_error jsonb) returns boolean
  language plpgsql
  as $$
declare
  v_opens boolean;
begin
  insert into circuit_breakers as b (organization_id, connection_id, error)
    values (current_organization(), p_connection_id, p_error)
    on conflict (organization_id, connection_id) do update set
      faults = b.faults + 1, error = excluded.error, probe_until = null, updated_at = clock_timestamp();
  update circuit_breakers
    set open_until = clock_timestamp() + make_interval(secs => p_open_ms / 1000.0)
    where organization_id = current_organization() and connection_id = p_connection_id and faults >= p_threshold
    returning faults = p_threshold into v_opens;
  return coalesce(v_opens, false);
end $$;
comment on function note_fault is
  'Counts a call that failed by the provider''s fault; with the p_threshold-th in a row and each after it no call leaves for p_open_ms. Returns whether this one opened the breaker.';

-- As in 0042: status is compared as text where a partial index of running runs would look cheaper than the key.
create function enter_run(p_run_id uuid, p_fence bigint, p_limits budget_limit, p_call_id uuid, p_turn text)
  returns table (agent_id uuid, has_budgets boolean, holds_budgets boolean)
  language plpgsql
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  as $$
declare
  v_organization_id uuid := current_organization();
begin
  if p_turn is not null then
    perform pg_advisory_xact_lock(hashtextextended(p_turn, 0));
  end if;
  select r.agent_id into agent_id from agent_runs r
    where r.organization_id = v_organization_id and r.id = p_run_id and r.fence = p_fence and r.status::text = 'running'
    for update;
  if not found then
    return;
  end if;
  has_budgets := exists (
    select from budget_profiles p
    where p.organization_id = v_organization_id and p.limits = p_limits and p.ended_at is null
  );
  holds_budgets := exists (
    select from budget_reservations r
    where r.organization_id = v_organization_id and r.call_id = p_call_id and r.status = 'held'
  );
  return next;
end $$;
comment on function enter_run is
  'Locks a run for the holder of its fence, and says whether something is set about what a call would use and whether the call holds some. No row where the lease is lost. Who names a turn waits for it first.';

create function record_event(p_run_id uuid, p_type text, p_data jsonb) returns void
  language plpgsql
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  as $$
declare
  v_organization_id uuid := current_organization();
  v_sequence bigint;
begin
  update agent_runs set sequence = sequence + 1
    where organization_id = v_organization_id and id = p_run_id
    returning sequence into v_sequence;
  if found then
    insert into run_events (organization_id, run_id, sequence, type, data)
      values (v_organization_id, p_run_id, v_sequence, p_type, p_data);
  end if;
end $$;
comment on function record_event is
  'Numbers and writes an event of a run. The lock of the run''s row makes entries visible in the order of their numbers.';

create function write_tool_execution(p_execution jsonb, p_sends bigint, p_is_sandbox boolean) returns jsonb
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
    not_before timestamptz, deadline_ms integer
  );
  select * into v_run from enter_run(v.run_id, v.fence, 'sends', v.id, null);
  if not found then
    return '{"outcome": "lost"}';
  end if;
  if v_run.has_budgets and p_sends is not null then
    v_refused := reserve_budgets(v.id, 'tool_execution', 'sends', p_sends, null, v.run_id, p_is_sandbox);
    if v_refused is not null then
      return jsonb_build_object('outcome', 'refused', 'refused', v_refused);
    end if;
  end if;
  insert into tool_executions (
    organization_id, id, run_id, step_key, tool, effect, connection_id, mode, status, arguments, arguments_hash, preview,
    attempt, fence, error, started_at, finished_at, deadline_at, not_before, policy_version
  ) values (
    v_organization_id, v.id, v.run_id, v.step_key, v.tool, v.effect, v.connection_id, v.mode, v.status, v.arguments,
    v.arguments_hash, v.preview, case v.status when 'executing' then 1 else 0 end, v.fence, v.error,
    case v.status when 'executing' then clock_timestamp() end, case v.status when 'denied' then clock_timestamp() end,
    case v.status when 'executing' then clock_timestamp() + make_interval(secs => v.deadline_ms / 1000.0) end,
    v.not_before,
    -- Of the policy that the guards were asked about: they hold it until the transaction ends.
    (
      select max(p.version) from agent_policies p
      where p.organization_id = v_organization_id and p.agent_id = v_run.agent_id
    )
  );
  perform record_event(
    v.run_id, 'tool', jsonb_build_object('id', v.id, 'stepKey', v.step_key, 'tool', v.tool, 'status', v.status)
  );
  return jsonb_build_object(
    'outcome', 'written', 'breaker', case v.status when 'executing' then pass_breaker(v.connection_id, v.deadline_ms) end
  );
end $$;
comment on function write_tool_execution is
  'Writes a new call into the ledger under its run''s fence, and holds what it would send of the budgets; p_sends is null where it uses none. Returns the outcome: written, with the breaker of its connection; lost, or refused with the budget''s reason, where nothing was written.';

create function end_tool_executions(p_organization_id uuid, p_items jsonb) returns jsonb
  language plpgsql
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  as $$
declare
  v_item record;
  v_run record;
  v_results jsonb := '{}';
  v_outcome text;
begin
  perform enter_group(p_organization_id, p_items);
  for v_item in
    select * from jsonb_to_recordset(p_items) as s(
      n integer, run_id uuid, fence bigint, id uuid, step_key text, tool text, status tool_execution_status,
      sources tool_execution_status[], result jsonb, error jsonb, keeps_approval boolean, is_spent boolean
    )
    order by run_id
  loop
    select * into v_run from enter_run(v_item.run_id, v_item.fence, 'sends', v_item.id, null);
    continue when not found;
    update tool_executions set
      status = v_item.status, result = v_item.result -> 0, error = v_item.error, finished_at = clock_timestamp(),
      not_before = null
      where organization_id = p_organization_id and run_id = v_item.run_id and id = v_item.id
        and status = any (v_item.sources);
    continue when not found;
    -- What may have had its effect has used what it held; of an unknown one, a person says so.
    if v_run.holds_budgets and v_item.status <> 'unknown' then
      perform settle_budgets(v_item.id, case when v_item.is_spent then null else 0 end);
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
    perform record_event(v_item.run_id, 'tool', jsonb_build_object(
      'id', v_item.id, 'stepKey', v_item.step_key, 'tool', v_item.tool, 'status', v_item.status
    ));
    v_results := v_results || jsonb_build_object(v_item.n, v_outcome);
  end loop;
  return v_results;
end $$;
comment on function end_tool_executions is
  'Settles attempts of calls under their runs'' fences. A result stands in an array of one, which tells null from none. Returns written, or approval_expired where an approval ran out with it; none where the lease is lost or the call is over.';

create function hold_policy(p_agent text) returns jsonb
  language plpgsql
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  as $$
declare
  v_organization_id uuid := current_organization();
  v_newest jsonb;
begin
  perform pg_advisory_xact_lock_shared(hashtextextended('policy ' || v_organization_id || '/' || p_agent, 0));
  -- A statement of its own: it sees what whoever held the lock before has written.
  select jsonb_build_object(
      'version', p.version, 'rules', p.rules, 'note', p.note, 'actor', p.actor, 'createdAt', p.created_at
    ) into v_newest
    from agents a
    join agent_policies p on p.organization_id = a.organization_id and p.agent_id = a.id
    where a.organization_id = v_organization_id and a.name = p_agent
    order by p.version desc limit 1;
  return v_newest;
end $$;
comment on function hold_policy is
  'The newest version of what an organization leaves of an agent''s policy, which nobody changes until the transaction ends; null where the code''s alone counts.';

create function hold_mailboxes(p_addresses jsonb) returns jsonb
  language plpgsql
  as $$
begin
  perform pg_advisory_xact_lock_shared(hashtextextended('consents ' || current_organization(), 0));
  return (
    select coalesce(
      jsonb_agg(jsonb_build_object('address', a.address, 'mailbox', mailbox_of(a.address::citext)) order by a.n), '[]'
    )
    from jsonb_array_elements_text(p_addresses) with ordinality as a (address, n)
  );
end $$;
comment on function hold_mailboxes is
  'The mailbox of each address, none of whose consents changes until the transaction ends. It reads no table: what stands after the lock was waited for is read by the statement that follows.';

create function ask_recipients(p_channel text, p_purpose consent_purpose, p_recipients jsonb) returns jsonb
  language plpgsql
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  as $$
declare
  v_organization_id uuid := current_organization();
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object(
      'address', asked.address, 'reason', stop.reason, 'erased', stop.address_hmac is not null, 'known', i.id is not null,
      'status', newest.status
    ) order by asked.n), '[]')
    from jsonb_to_recordset(p_recipients) as asked (n integer, address text, mailbox text, hmac text)
    left join lateral (
      select s.reason, s.address_hmac from suppressions s
      where s.organization_id = v_organization_id and s.channel = p_channel
        and (s.mailbox = asked.mailbox or s.address_hmac = asked.hmac)
      limit 1
    ) stop on true
    left join lateral (
      select d.id, d.person_id, d.channel from person_identities d
      where d.organization_id = v_organization_id and d.mailbox = asked.mailbox and d.channel::text = p_channel
        and d.address = asked.address::citext
      limit 1
    ) i on true
    left join lateral (
      select c.status from person_consents c
      where c.organization_id = v_organization_id and c.person_id = i.person_id and c.channel = i.channel
        and c.purpose = p_purpose and (c.identity_id = i.id or c.status in ('denied', 'revoked'))
      order by c.sequence desc limit 1
    ) newest on true
  );
end $$;
comment on function ask_recipients is
  'What is on record of recipients, in their order. Each is looked up by itself: without statistics, which the embedded database keeps none of, a join would read every address of the organization.';
