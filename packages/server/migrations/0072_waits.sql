-- Runs that wait for a time, or for something that is told to them, and hold no process meanwhile.
set local role neonhub_migrate;

alter type run_waiting_reason add value 'time';
alter type run_waiting_reason add value 'event';

create table run_waits (
  organization_id uuid not null,
  run_id uuid not null,
  key text not null,
  event text,
  until timestamptz not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (organization_id, run_id, key),
  foreign key (organization_id, run_id) references agent_runs (organization_id, id) on delete cascade
);
comment on table run_waits is 'What a run''s handler waits, or waited, for. It is over once the step of its key is finished.';
comment on column run_waits.event is 'Name of the event; null where it waits for the time alone.';
comment on column run_waits.until is 'When it is over in any case, by the database''s clock.';
call protect_tenant_table('run_waits', 'select, insert');

create table run_signals (
  organization_id uuid not null,
  id uuid not null,
  run_id uuid not null,
  name text not null check (name <> ''),
  data jsonb not null,
  sent_by text not null,
  idempotency_key text,
  taken_by text,
  created_at timestamptz not null default clock_timestamp(),
  primary key (organization_id, id),
  unique (organization_id, run_id, idempotency_key),
  foreign key (organization_id, run_id) references agent_runs (organization_id, id) on delete cascade
);
comment on table run_signals is 'Events that were told to a run. Each is taken once, by a wait for its name, the oldest first; one that comes early is kept.';
comment on column run_signals.sent_by is 'user:ID, api_key:ID or cli.';
comment on column run_signals.idempotency_key is 'The same again is the same event.';
comment on column run_signals.taken_by is 'The key of the wait that took it; null while none has.';
create index run_signals_run_id_idx on run_signals (run_id, organization_id, name, id) where taken_by is null;
call protect_tenant_table('run_signals', 'select, insert, update (taken_by)');
