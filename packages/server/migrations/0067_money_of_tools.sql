-- Budgets of what tools cost and of what is spent on ads. A call may fall under several kinds of budgets at once: it holds
-- something of all of them or of none, and settles each by what it came to of its kind.
set local role neonhub_migrate;

alter table action_configs
  add column price jsonb check (jsonb_typeof(price) = 'object' and price ?& array['micros', 'currency', 'per']);
comment on column action_configs.price is
  'What the organization pays for it: {"micros", "currency", "per": "call" or "recipient"}, which comes before what the connector knows; null where it set none.';

alter table tool_executions
  add column cost_micros bigint check (cost_micros >= 0),
  add column cost_currency text check (cost_currency ~ '^[A-Z]{3}$'),
  add column ad_spend_micros bigint check (ad_spend_micros >= 0),
  add column ad_spend_currency text check (ad_spend_currency ~ '^[A-Z]{3}$'),
  add check ((cost_micros is null) = (cost_currency is null)),
  add check ((ad_spend_micros is null) = (ad_spend_currency is null));
comment on column tool_executions.cost_micros is
  'What the call cost, and at most could have where nobody knows; null where that is not known or it has not ended.';
comment on column tool_executions.ad_spend_micros is
  'Which money for ads it committed, likewise; null where it commits none.';

create function reserve_uses(
  p_call_id uuid, p_kind budget_call_kind, p_uses jsonb, p_run_id uuid, p_is_sandbox boolean
) returns jsonb
  language plpgsql
  as $$
declare
  v_organization_id uuid := current_organization();
  v_now timestamptz := clock_timestamp();
  v_zone text;
  v_agent text;
  v_brand_id uuid;
  v_root_run_id uuid;
  v_budget record;
  v_window record;
  v_owner uuid;
  v_starts_at timestamptz;
  v_ends_at timestamptz;
  v_id uuid;
  v_ids uuid[] := '{}';
  v_amounts bigint[] := '{}';
  v_reason text;
begin
  select time_zone into v_zone from organizations where id = v_organization_id;
  select agent, brand_id, root_run_id into v_agent, v_brand_id, v_root_run_id
    from agent_runs where organization_id = v_organization_id and id = p_run_id;
  for v_budget in
    select p.*, u.amount as asked, u.currency as asked_currency
    from budget_profiles p
    join jsonb_to_recordset(p_uses) as u(limits budget_limit, amount bigint, currency text) on u.limits = p.limits
    where p.organization_id = v_organization_id and p.ended_at is null
      and case p.scope
        when 'organization' then true
        when 'brand' then p.brand_id = v_brand_id
        when 'agent' then p.agent = v_agent
        when 'run' then v_root_run_id is not null
        when 'campaign' then exists (
          select from campaigns c join agent_runs r on r.organization_id = c.organization_id and r.id = c.run_id
          where c.organization_id = v_organization_id and c.id = p.campaign_id and r.root_run_id = v_root_run_id
        )
      end
    order by p.id
    for share of p
  loop
    v_reason := case
      when v_budget.asked is null and v_budget.allows_unpriced then 'skip'
      when v_budget.asked is null then 'unpriced'
      when v_budget.currency is distinct from v_budget.asked_currency then 'currency'
    end;
    continue when v_reason = 'skip';
    v_owner := case when v_budget.scope = 'run' then v_root_run_id end;
    v_starts_at := null;
    v_ends_at := null;
    if v_budget.period <> 'total' then
      v_starts_at := date_trunc(case v_budget.period when 'daily' then 'day' else 'month' end, v_now at time zone v_zone)
        at time zone v_zone;
      v_ends_at := (
        date_trunc(case v_budget.period when 'daily' then 'day' else 'month' end, v_now at time zone v_zone)
        + case v_budget.period when 'daily' then interval '1 day' else interval '1 month' end
      ) at time zone v_zone;
    end if;
    -- A UUIDv8 (RFC 9562, 5.8): what is no digest in it are the four bits of its version and the two of its variant.
    v_id := overlay(overlay(
      md5(concat_ws('/', v_budget.id, coalesce(v_owner::text, '-'), coalesce(extract(epoch from v_starts_at)::text, '-'),
        p_is_sandbox))
      placing '8' from 13) placing 'a' from 17)::uuid;
    insert into budget_allocations (
      organization_id, id, profile_id, run_id, is_sandbox, starts_at, ends_at, amount, entries
    ) values (
      v_organization_id, v_id, v_budget.id, v_owner, p_is_sandbox, v_starts_at, v_ends_at, v_budget.amount, 1
    ) on conflict (organization_id, id) do nothing;
    if found then
      insert into budget_ledger (organization_id, allocation_id, sequence, type, amount, allocated, reserved, spent)
        values (v_organization_id, v_id, 1, 'allocate', v_budget.amount, v_budget.amount, 0, 0);
    end if;
    -- In the order of the budgets' ids, as everywhere: no two calls wait for each other.
    select amount, reserved, spent into v_window from budget_allocations
      where organization_id = v_organization_id and id = v_id for update;
    -- What the call holds already, or has paid although it is made again, it need not ask for twice.
    continue when v_reason is null and exists (
      select from budget_reservations r
      where r.organization_id = v_organization_id and r.call_id = p_call_id and r.allocation_id = v_id
        and (r.status = 'held' or r.spent >= v_budget.asked)
    );
    v_reason := coalesce(v_reason, case
      when v_window.spent + v_budget.asked > v_window.amount then
        case
          when v_budget.asked > v_window.amount and (v_ends_at is null or v_budget.asked > v_budget.amount) then 'too_large'
          else 'spent'
        end
      when v_window.spent + v_window.reserved + v_budget.asked > v_window.amount then 'reserved'
    end);
    if v_reason is not null then
      return jsonb_build_object(
        'reason', v_reason, 'id', v_budget.id, 'name', v_budget.name, 'limits', v_budget.limits,
        'period', v_budget.period, 'currency', v_budget.currency, 'amount', v_window.amount,
        'reserved', v_window.reserved, 'spent', v_window.spent, 'asked', v_budget.asked,
        'askedCurrency', v_budget.asked_currency, 'endsAt', v_ends_at
      );
    end if;
    v_ids := v_ids || v_id;
    v_amounts := v_amounts || v_budget.asked;
  end loop;
  -- A call holds something of all of its budgets, or of none.
  for v_place in 1 .. cardinality(v_ids) loop
    insert into budget_reservations (organization_id, call_id, allocation_id, kind, run_id, amount)
      values (v_organization_id, p_call_id, v_ids[v_place], p_kind, p_run_id, v_amounts[v_place])
      on conflict (organization_id, call_id, allocation_id) do update set
        amount = excluded.amount, status = 'held', spent = 0, settled_at = null, created_at = excluded.created_at;
    perform write_budget_entry(v_ids[v_place], 'reserve', v_amounts[v_place], v_amounts[v_place], 0, p_call_id);
  end loop;
  return null;
end $$;
comment on function reserve_uses is
  'Holds what a call can use at most of every budget that it falls under, or of none: {"limits", "amount", "currency"} of each kind, an amount of null being one that is not known. Null where it is held; else why not.';

create or replace function reserve_budgets(
  p_call_id uuid, p_kind budget_call_kind, p_limits budget_limit, p_amount bigint, p_currency text, p_run_id uuid,
  p_is_sandbox boolean
) returns jsonb
  language sql
  as $$
    select reserve_uses(
      p_call_id, p_kind,
      jsonb_build_array(jsonb_build_object('limits', p_limits, 'amount', p_amount, 'currency', p_currency)),
      p_run_id, p_is_sandbox
    )
  $$;
comment on function reserve_budgets is 'reserve_uses for a call that uses one kind alone.';

create function settle_uses(p_call_id uuid, p_costs jsonb) returns integer
  language plpgsql
  as $$
declare
  v_organization_id uuid := current_organization();
  v_allocation_id uuid;
  v_limits budget_limit;
  v_amount bigint;
  v_cost bigint;
  v_settled integer := 0;
begin
  for v_allocation_id, v_limits in
    select r.allocation_id, p.limits from budget_reservations r
    join budget_allocations a on a.organization_id = r.organization_id and a.id = r.allocation_id
    join budget_profiles p on p.organization_id = a.organization_id and p.id = a.profile_id
    where r.organization_id = v_organization_id and r.call_id = p_call_id and r.status = 'held'
    order by a.profile_id
  loop
    perform from budget_allocations where organization_id = v_organization_id and id = v_allocation_id for update;
    update budget_reservations set
      status = 'settled', spent = coalesce((p_costs ->> v_limits::text)::bigint, amount), settled_at = clock_timestamp()
      where organization_id = v_organization_id and call_id = p_call_id and allocation_id = v_allocation_id
        and status = 'held'
      returning amount, spent into v_amount, v_cost;
    -- Whoever settled it in the meantime has written what there is to write.
    continue when not found;
    v_settled := v_settled + 1;
    if v_cost > 0 then
      perform write_budget_entry(v_allocation_id, 'spend', v_cost, -least(v_cost, v_amount), v_cost, p_call_id);
    end if;
    if v_cost < v_amount then
      perform write_budget_entry(v_allocation_id, 'refund', v_amount - v_cost, v_cost - v_amount, 0, p_call_id);
    end if;
  end loop;
  return v_settled;
end $$;
comment on function settle_uses is
  'Spends what a call came to of each kind that it holds something of, {"tool_cost": 70000}, all that it held where that does not name it, and gives the rest back. Once: how many windows it settled.';

create or replace function settle_budgets(p_call_id uuid, p_cost bigint) returns integer
  language sql
  as $$
    select settle_uses(p_call_id, (select jsonb_object_agg(one, p_cost) from unnest(enum_range(null::budget_limit)) as one))
  $$;
comment on function settle_budgets is
  'settle_uses with the same for every kind: nought for a call that had no effect, null for one of which nobody knows, or the cost of one that uses one kind.';

create or replace function sweep_budgets() returns integer
  language plpgsql
  as $$
declare
  v_left record;
  v_swept integer := 0;
begin
  for v_left in
    select distinct r.call_id,
      case
        -- One that reads and was cut off: whether it is charged, nobody knows.
        when t.status = 'failed' and t.effect = 'read' then null
        when t.status in ('failed', 'denied', 'expired', 'planned', 'awaiting_approval') then 0
        when c.status = 'succeeded' then c.cost_micros
      end as cost
    from budget_reservations r
    left join llm_calls c on r.kind = 'llm_call' and c.organization_id = r.organization_id and c.id = r.call_id
    left join tool_executions t
      on r.kind = 'tool_execution' and t.organization_id = r.organization_id and t.id = r.call_id
    left join agent_runs h on h.organization_id = c.organization_id and h.id = c.run_id
    where r.organization_id = current_organization() and r.status = 'held'
      and not coalesce(t.status in ('executing', 'unknown'), false)
      and not coalesce(c.status = 'running' and case
        when c.run_id is null then c.started_at > clock_timestamp() - interval '1 hour'
        else h.status = 'running' and h.lease_expires_at >= clock_timestamp()
      end, false)
  loop
    if settle_budgets(v_left.call_id, v_left.cost) > 0 then
      v_swept := v_swept + 1;
    end if;
  end loop;
  return v_swept;
end $$;

-- A tool's call uses any kind but that of models. Asked in the statement that locks its run, as before.
create or replace function enter_run(p_run_id uuid, p_fence bigint, p_limits budget_limit, p_call_id uuid, p_turn text)
  returns table (agent_id uuid, has_budgets boolean, holds_budgets boolean)
  language plpgsql
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  as $$
declare
  v_organization_id uuid := current_organization();
  v_limits budget_limit[] := case p_limits when 'llm_cost' then '{llm_cost}'::budget_limit[] else '{sends,tool_cost,ad_spend}' end;
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
    where p.organization_id = v_organization_id and p.limits = any (v_limits) and p.ended_at is null
  );
  holds_budgets := exists (
    select from budget_reservations r
    where r.organization_id = v_organization_id and r.call_id = p_call_id and r.status = 'held'
  );
  return next;
end $$;
comment on function enter_run is
  'Locks a run for the holder of its fence, and says whether something is set about what a call would use (of models: llm_cost; else whatever a tool uses) and whether the call holds some. No row where the lease is lost. Who names a turn waits for it first.';

-- As they stand, whichever migration changed them last. A worker of an earlier release says nothing of uses and costs: of what
-- it does, messages alone are held.
do $$
declare
  v_change record;
  v_text text;
begin
  for v_change in
    select * from (values
      (
        'write_tool_execution(jsonb, bigint, boolean)', 'deadline_ms integer,', 'deadline_ms integer, uses jsonb,'
      ),
      (
        'write_tool_execution(jsonb, bigint, boolean)', 'v_run.has_budgets and p_sends is not null',
        'v_run.has_budgets and (v.uses is not null or p_sends is not null)'
      ),
      (
        'write_tool_execution(jsonb, bigint, boolean)',
        'reserve_budgets(v.id, ''tool_execution'', ''sends'', p_sends, null, v.run_id, p_is_sandbox)',
        'reserve_uses(
      v.id, ''tool_execution'',
      coalesce(v.uses, jsonb_build_array(jsonb_build_object(''limits'', ''sends'', ''amount'', p_sends))),
      v.run_id, p_is_sandbox
    )'
      ),
      (
        'end_tool_executions(uuid, jsonb)', 'is_spent boolean',
        'is_spent boolean, spent jsonb, cost_micros bigint, cost_currency text, ad_spend_micros bigint,
      ad_spend_currency text'
      ),
      (
        'end_tool_executions(uuid, jsonb)', 'error = v_item.error,',
        'error = v_item.error,
      cost_micros = v_item.cost_micros, cost_currency = v_item.cost_currency,
      ad_spend_micros = v_item.ad_spend_micros, ad_spend_currency = v_item.ad_spend_currency,'
      ),
      (
        'end_tool_executions(uuid, jsonb)',
        'perform settle_budgets(v_item.id, case when v_item.is_spent then null else 0 end)',
        'perform case when v_item.is_spent then settle_uses(v_item.id, v_item.spent) else settle_budgets(v_item.id, 0) end'
      ),
      (
        'open_connection(uuid, citext, text)', '''defaults'', f.defaults', '''defaults'', f.defaults, ''price'', f.price'
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
comment on function write_tool_execution is
  'Writes a new call into the ledger under its run''s fence, and holds what it would use of the budgets: uses of the row, as reserve_uses takes them; p_sends of an earlier release; neither where it uses none. Returns the outcome: written, with the breaker of its connection; lost, or refused with the budget''s reason, where nothing was written.';
