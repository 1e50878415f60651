set local role neonhub_migrate;

create type budget_scope as enum ('organization', 'brand', 'campaign', 'agent', 'run');
create type budget_limit as enum ('sends', 'llm_cost');
create type budget_period as enum ('daily', 'monthly', 'total');
create type budget_call_kind as enum ('llm_call', 'tool_execution');
create type budget_reservation_status as enum ('held', 'settled');
create type budget_entry_type as enum ('allocate', 'reserve', 'spend', 'refund', 'adjustment');
-- A call that finds its budget spent waits for the next day or month.
alter type run_waiting_reason add value 'budget';

create table budget_profiles (
  organization_id uuid not null references organizations on delete cascade,
  id uuid not null,
  name text not null,
  scope budget_scope not null,
  brand_id uuid,
  campaign_id uuid,
  agent text,
  limits budget_limit not null,
  period budget_period not null,
  amount bigint not null check (amount >= 0),
  currency text check (currency ~ '^[A-Z]{3}$'),
  allows_unpriced boolean not null default false,
  actor text not null,
  ended_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  foreign key (organization_id, brand_id) references brands (organization_id, id) on delete cascade,
  foreign key (organization_id, campaign_id) references campaigns (organization_id, id) on delete cascade,
  check ((scope = 'brand') = (brand_id is not null)),
  check ((scope = 'campaign') = (campaign_id is not null)),
  check ((scope = 'agent') = (agent is not null)),
  check ((limits = 'sends') = (currency is null)),
  check (scope <> 'run' or period = 'total')
);
comment on table budget_profiles is 'What an organization lets be spent: for whom, on what, and in which time.';
comment on column budget_profiles.scope is 'run: each run with its children has the amount for itself.';
comment on column budget_profiles.amount is 'For each window: micros of the currency, or messages, one for each recipient.';
comment on column budget_profiles.currency is 'ISO 4217; null where messages are counted.';
comment on column budget_profiles.allows_unpriced is 'Lets calls of models go whose price is not known, which then count nothing.';
comment on column budget_profiles.actor is 'Who set it last: user:ID, api_key:ID or cli.';
comment on column budget_profiles.ended_at is 'Since when it limits nothing any more; null where it does.';
create unique index budget_profiles_name_key on budget_profiles (organization_id, name) where ended_at is null;
create index budget_profiles_limits_idx on budget_profiles (organization_id, limits) where ended_at is null;
create index budget_profiles_brand_id_idx on budget_profiles (organization_id, brand_id) where brand_id is not null;
create index budget_profiles_campaign_id_idx on budget_profiles (organization_id, campaign_id) where campaign_id is not null;
call protect_tenant_table('budget_profiles', 'select, insert, update (amount, allows_unpriced, actor, ended_at, updated_at)');

create table budget_allocations (
  organization_id uuid not null,
  id uuid not null,
  profile_id uuid not null,
  run_id uuid,
  is_sandbox boolean not null default false,
  starts_at timestamptz,
  ends_at timestamptz,
  amount bigint not null,
  reserved bigint not null default 0 check (reserved >= 0),
  spent bigint not null default 0 check (spent >= 0),
  entries bigint not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  foreign key (organization_id, profile_id) references budget_profiles (organization_id, id) on delete cascade,
  foreign key (organization_id, run_id) references agent_runs (organization_id, id) on delete set null (run_id)
);
comment on table budget_allocations is 'One window of a budget: a day, a month, a run, or all time. Its row''s lock is what keeps racing calls apart.';
comment on column budget_allocations.id is 'Derived from the budget, the window and the run, so that two calls that make it at once make one.';
comment on column budget_allocations.run_id is 'The run at the top of the tree, where each run has its own.';
comment on column budget_allocations.is_sandbox is 'Messages of sandbox accounts count apart from those that reach somebody.';
comment on column budget_allocations.starts_at is 'Null where it is for all time.';
comment on column budget_allocations.amount is 'Below nought where more was taken away than there was.';
comment on column budget_allocations.reserved is 'Of calls that have left and are not settled.';
comment on column budget_allocations.entries is 'The number of the newest entry of its ledger.';
create index budget_allocations_profile_id_idx on budget_allocations (organization_id, profile_id, starts_at);
create index budget_allocations_run_id_idx on budget_allocations (organization_id, run_id) where run_id is not null;
call protect_tenant_table('budget_allocations', 'select, insert, update (amount, reserved, spent, entries, updated_at)');

create table budget_reservations (
  organization_id uuid not null,
  call_id uuid not null,
  allocation_id uuid not null,
  kind budget_call_kind not null,
  run_id uuid,
  amount bigint not null check (amount >= 0),
  spent bigint not null default 0 check (spent >= 0),
  status budget_reservation_status not null default 'held',
  created_at timestamptz not null default clock_timestamp(),
  settled_at timestamptz,
  primary key (organization_id, call_id, allocation_id),
  foreign key (organization_id, allocation_id) references budget_allocations (organization_id, id) on delete cascade,
  foreign key (organization_id, run_id) references agent_runs (organization_id, id) on delete set null (run_id)
);
comment on table budget_reservations is 'What a call holds of each budget that it falls under, from before it leaves until it is settled.';
comment on column budget_reservations.call_id is 'Of llm_calls or tool_executions, by kind.';
comment on column budget_reservations.amount is 'What the call can cost at most, as estimated.';
comment on column budget_reservations.spent is 'What it cost, once it is settled.';
create index budget_reservations_allocation_id_idx on budget_reservations (organization_id, allocation_id);
create index budget_reservations_run_id_idx on budget_reservations (organization_id, run_id) where run_id is not null;
create index budget_reservations_held_idx on budget_reservations (created_at) where status = 'held';
call protect_tenant_table('budget_reservations', 'select, insert, update (amount, spent, status, created_at, settled_at)');
call open_to_system('budget_reservations', 'select (organization_id, status, created_at)');

create table budget_ledger (
  organization_id uuid not null,
  allocation_id uuid not null,
  sequence bigint not null,
  type budget_entry_type not null,
  amount bigint not null,
  allocated bigint not null,
  reserved bigint not null,
  spent bigint not null,
  call_id uuid,
  actor text,
  note text not null default '',
  created_at timestamptz not null default clock_timestamp(),
  primary key (organization_id, allocation_id, sequence),
  foreign key (organization_id, allocation_id) references budget_allocations (organization_id, id) on delete cascade
);
comment on table budget_ledger is 'Every movement of a budget''s window, append-only and numbered without a gap.';
comment on column budget_ledger.amount is 'Below nought in an adjustment that takes away; a refund gives back from what was reserved.';
comment on column budget_ledger.allocated is 'The window''s amount after the entry; likewise reserved and spent.';
comment on column budget_ledger.call_id is 'Of llm_calls or tool_executions; null where a person moved it.';
comment on column budget_ledger.actor is 'user:ID, api_key:ID or cli, where a person moved it.';
call protect_tenant_table('budget_ledger', 'select, insert');

alter table llm_calls add column reserved_micros bigint not null default 0;
comment on column llm_calls.reserved_micros is 'What the call can cost at most, as estimated before it left: counts against its run''s ceiling while it is running.';
alter table agent_runs add column not_before timestamptz, add column budget_wait jsonb;
comment on column agent_runs.not_before is 'Until when the run waits for a budget of its model calls; null where it does not.';
comment on column agent_runs.budget_wait is 'Which budget that is, as an error with code and message.';
create index agent_runs_not_before_idx on agent_runs (not_before) where not_before is not null;
grant select (not_before) on agent_runs to neonhub_system;

create function reserve_budgets(
  p_call_id uuid, p_kind budget_call_kind, p_limits budget_limit, p_amount bigint, p_currency text, p_run_id uuid,
  p_is_sandbox boolean
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
  v_reason text;
begin
  select time_zone into v_zone from organizations where id = v_organization_id;
  select agent, brand_id, root_run_id into v_agent, v_brand_id, v_root_run_id
    from agent_runs where organization_id = v_organization_id and id = p_run_id;
  for v_budget in
    select p.* from budget_profiles p
    where p.organization_id = v_organization_id and p.limits = p_limits and p.ended_at is null
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
      when p_amount is null and v_budget.allows_unpriced then 'skip'
      when p_amount is null then 'unpriced'
      when v_budget.currency is distinct from p_currency then 'currency'
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
        and (r.status = 'held' or r.spent >= p_amount)
    );
    v_reason := coalesce(v_reason, case
      when v_window.spent + p_amount > v_window.amount then
        case
          when p_amount > v_window.amount and (v_ends_at is null or p_amount > v_budget.amount) then 'too_large'
          else 'spent'
        end
      when v_window.spent + v_window.reserved + p_amount > v_window.amount then 'reserved'
    end);
    if v_reason is not null then
      return jsonb_build_object(
        'reason', v_reason, 'id', v_budget.id, 'name', v_budget.name, 'limits', v_budget.limits,
        'period', v_budget.period, 'currency', v_budget.currency, 'amount', v_window.amount,
        'reserved', v_window.reserved, 'spent', v_window.spent, 'asked', p_amount, 'endsAt', v_ends_at
      );
    end if;
    v_ids := v_ids || v_id;
  end loop;
  -- A call holds something of all of its budgets, or of none.
  foreach v_id in array v_ids loop
    insert into budget_reservations (organization_id, call_id, allocation_id, kind, run_id, amount)
      values (v_organization_id, p_call_id, v_id, p_kind, p_run_id, p_amount)
      on conflict (organization_id, call_id, allocation_id) do update set
        amount = excluded.amount, status = 'held', spent = 0, settled_at = null, created_at = excluded.created_at;
    perform write_budget_entry(v_id, 'reserve', p_amount, p_amount, 0, p_call_id);
  end loop;
  return null;
end $$;
comment on function reserve_budgets is
  'Holds an amount of every budget that a call falls under, or of none. Null where it is held; else why not. An amount of null is a price that is not known.';

create function write_budget_entry(
  p_allocation_id uuid, p_type budget_entry_type, p_amount bigint, p_reserved bigint, p_spent bigint, p_call_id uuid
) returns void
  language plpgsql
  as $$
declare
  v_window record;
begin
  update budget_allocations set
    reserved = reserved + p_reserved, spent = spent + p_spent, entries = entries + 1, updated_at = now()
    where organization_id = current_organization() and id = p_allocation_id
    returning organization_id, amount, reserved, spent, entries into v_window;
  insert into budget_ledger (
    organization_id, allocation_id, sequence, type, amount, allocated, reserved, spent, call_id
  ) values (
    v_window.organization_id, p_allocation_id, v_window.entries, p_type, p_amount, v_window.amount, v_window.reserved,
    v_window.spent, p_call_id
  );
end $$;
comment on function write_budget_entry is 'Moves what is reserved and spent of a window, and writes the entry that says so.';

create function settle_budgets(p_call_id uuid, p_cost bigint) returns integer
  language plpgsql
  as $$
declare
  v_organization_id uuid := current_organization();
  v_allocation_id uuid;
  v_amount bigint;
  v_cost bigint;
  v_settled integer := 0;
begin
  for v_allocation_id in
    select r.allocation_id from budget_reservations r
    join budget_allocations a on a.organization_id = r.organization_id and a.id = r.allocation_id
    where r.organization_id = v_organization_id and r.call_id = p_call_id and r.status = 'held'
    order by a.profile_id
  loop
    perform from budget_allocations where organization_id = v_organization_id and id = v_allocation_id for update;
    update budget_reservations set
      status = 'settled', spent = coalesce(p_cost, amount), settled_at = clock_timestamp()
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
comment on function settle_budgets is
  'Spends what a call cost of what it holds, all of that where the cost is null, and gives the rest back. Once: how many windows it settled.';

create function sweep_budgets() returns integer
  language plpgsql
  as $$
declare
  v_left record;
  v_swept integer := 0;
begin
  for v_left in
    select distinct r.call_id,
      case
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
comment on function sweep_budgets is
  'Settles what calls hold that can no longer be in flight: a model''s whose holder lost its run, at all it can have cost. What a tool may still be doing, or nobody knows, stays held.';
