-- What a judge costs is paid for the agent and the brand that it judges, though no run makes the call. A budget of one run or of
-- a campaign does not count it: those are for what the run itself does.
set local role neonhub_migrate;

create function reserve_uses(
  p_call_id uuid, p_kind budget_call_kind, p_uses jsonb, p_run_id uuid, p_is_sandbox boolean, p_agent text, p_brand_id uuid
) returns jsonb
  language plpgsql
  as $$
declare
  v_organization_id uuid := current_organization();
  v_now timestamptz := clock_timestamp();
  v_zone text;
  v_agent text := p_agent;
  v_brand_id uuid := p_brand_id;
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
  if p_run_id is not null then
    select agent, brand_id, root_run_id into v_agent, v_brand_id, v_root_run_id
      from agent_runs where organization_id = v_organization_id and id = p_run_id;
  end if;
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
comment on function reserve_uses(uuid, budget_call_kind, jsonb, uuid, boolean, text, uuid) is
  'Holds what a call can use at most of every budget that it falls under, or of none: {"limits", "amount", "currency"} of each kind, an amount of null being one that is not known. Null where it is held; else why not. The agent and the brand are the run''s, and those that are named where no run makes the call.';

-- As it was, for servers of the release before and for functions of runs.
create or replace function reserve_uses(
  p_call_id uuid, p_kind budget_call_kind, p_uses jsonb, p_run_id uuid, p_is_sandbox boolean
) returns jsonb
  language sql
  as $$ select reserve_uses(p_call_id, p_kind, p_uses, p_run_id, p_is_sandbox, null, null) $$;
comment on function reserve_uses(uuid, budget_call_kind, jsonb, uuid, boolean) is
  'Likewise for a call that a run makes, or nobody''s.';
