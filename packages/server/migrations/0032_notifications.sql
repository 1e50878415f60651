-- What the members of an organization ought to look at.
set local role neonhub_migrate;

create type notification_kind as enum (
  'approval_requested', 'effect_unknown', 'run_failed', 'run_needs_attention', 'connection_failed', 'budget_low',
  'budget_exhausted', 'schedule_refused', 'webhook_disabled', 'member_joined'
);

create table notifications (
  organization_id uuid not null references organizations on delete cascade,
  id uuid not null,
  kind notification_kind not null,
  subject_id uuid not null,
  facts jsonb not null default '{}' check (jsonb_typeof(facts) = 'object'),
  count integer not null default 1 check (count > 0),
  first_at timestamptz not null default clock_timestamp(),
  last_at timestamptz not null default clock_timestamp(),
  resolved_at timestamptz,
  primary key (organization_id, id)
);
comment on table notifications is
  'What asks for a person: one row for each thing and what is the matter with it, however often that happens. Who is told is decided when it is read.';
comment on column notifications.id is
  'Derived from kind and subject (notification_id), so that two transactions that tell of the same thing at once make one row.';
comment on column notifications.subject_id is 'Of what the kind is about: a root run, a budget, a schedule, an endpoint, a connection, a member.';
comment on column notifications.facts is 'Names and states, and nothing that agents or outsiders wrote.';
comment on column notifications.count is 'How often it happened since it was last resolved.';
comment on column notifications.last_at is 'When it happened last. Who read it before has not read this.';
comment on column notifications.resolved_at is 'Since when nobody need look any more; null while somebody should.';
create index notifications_last_at_idx on notifications (organization_id, last_at, id);
call protect_tenant_table('notifications', 'select, insert, update (facts, count, first_at, last_at, resolved_at)');
call open_to_system('notifications', 'select (organization_id, id, kind, last_at, resolved_at), delete');

create table notification_reads (
  organization_id uuid not null,
  notification_id uuid not null,
  reader text not null check (reader <> ''),
  seen_at timestamptz not null,
  primary key (organization_id, notification_id, reader),
  foreign key (organization_id, notification_id) references notifications (organization_id, id) on delete cascade
);
comment on table notification_reads is 'Up to where each reader has seen a notification.';
comment on column notification_reads.reader is 'user:ID, api_key:ID or cli.';
comment on column notification_reads.seen_at is 'The notification''s last_at as it was when they marked it: a later one is unread again.';
call protect_tenant_table('notification_reads', 'select, insert, update (seen_at)');

create function notification_id(p_kind notification_kind, p_subject_id uuid) returns uuid
  language sql stable parallel safe
  -- A UUIDv8 (RFC 9562, 5.8), as the windows of budgets have.
  return overlay(overlay(md5(p_kind::text || '/' || p_subject_id::text) placing '8' from 13) placing 'a' from 17)::uuid;
comment on function notification_id is 'The id of the one notification of a kind about a thing.';

create function tell_members(p_kind notification_kind, p_subject_id uuid, p_facts jsonb) returns void
  language sql
  as $$
  insert into notifications as n (organization_id, id, kind, subject_id, facts)
    values (current_organization(), notification_id(p_kind, p_subject_id), p_kind, p_subject_id, p_facts)
    on conflict (organization_id, id) do update set
      facts = excluded.facts,
      count = case when n.resolved_at is null then n.count + 1 else 1 end,
      first_at = case when n.resolved_at is null then n.first_at else excluded.first_at end,
      last_at = greatest(excluded.last_at, n.last_at + interval '1 microsecond'),
      resolved_at = null
  $$;
comment on function tell_members is
  'Writes in the transaction of its cause that something asks for a person; the same thing again counts, and is unread again.';

create or replace function write_budget_entry(
  p_allocation_id uuid, p_type budget_entry_type, p_amount bigint, p_reserved bigint, p_spent bigint, p_call_id uuid
) returns void
  language plpgsql
  as $$
declare
  v_window record;
  v_before bigint;
begin
  update budget_allocations set
    reserved = reserved + p_reserved, spent = spent + p_spent, entries = entries + 1, updated_at = now()
    where organization_id = current_organization() and id = p_allocation_id
    returning organization_id, profile_id, is_sandbox, amount, reserved, spent, entries into v_window;
  insert into budget_ledger (
    organization_id, allocation_id, sequence, type, amount, allocated, reserved, spent, call_id
  ) values (
    v_window.organization_id, p_allocation_id, v_window.entries, p_type, p_amount, v_window.amount, v_window.reserved,
    v_window.spent, p_call_id
  );
  -- Only the entry that crosses the line tells, so that all others cost two comparisons.
  v_before := v_window.spent - p_spent;
  if v_window.amount > 0 and p_spent > 0 and not v_window.is_sandbox then
    if v_window.spent >= v_window.amount and v_before < v_window.amount then
      perform tell_budget('budget_exhausted', v_window.profile_id);
    elsif v_window.spent >= v_window.amount * 0.8 and v_before < v_window.amount * 0.8 then
      perform tell_budget('budget_low', v_window.profile_id);
    end if;
  end if;
end $$;

create function tell_budget(p_kind notification_kind, p_budget_id uuid) returns void
  language sql
  as $$
  select tell_members(p_kind, id, jsonb_build_object('name', name, 'limits', limits, 'period', period))
    from budget_profiles where organization_id = current_organization() and id = p_budget_id
  $$;
comment on function tell_budget is 'Tells of a budget that is nearly spent, or spent.';
