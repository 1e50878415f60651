-- Runs that start by themselves: schedules, and what came of each of their times.
set local role neonhub_migrate;

create type schedule_catch_up as enum ('skip', 'last', 'all');
create type schedule_overlap as enum ('skip', 'allow');
create type schedule_firing_cause as enum ('due', 'manual', 'backfill');
-- A run was started; or the one before was under way; or nobody was there to start it; or it was refused.
create type schedule_firing_status as enum ('started', 'overlap', 'missed', 'refused');

create table schedules (
  organization_id uuid not null references organizations on delete cascade,
  id uuid not null,
  name text not null check (length(name) between 1 and 100),
  agent text not null,
  intent text not null,
  brand_id uuid,
  input jsonb not null,
  cron text not null check (length(cron) between 1 and 200),
  time_zone text not null check (time_zone <> ''),
  catch_up schedule_catch_up not null default 'last',
  catch_up_limit integer not null default 1 check (catch_up_limit between 1 and 100),
  overlap schedule_overlap not null default 'skip',
  enabled boolean not null default true,
  next_at timestamptz,
  created_by text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  foreign key (organization_id, brand_id) references brands (organization_id, id)
);
comment on table schedules is 'What an organization asks of an agent again and again: an intent, its input, and when.';
comment on column schedules.cron is 'Five fields, or a name such as @daily. Times are local ones of the time zone.';
comment on column schedules.time_zone is 'By its IANA name. A local time that the clocks skip fires right after the gap, one that comes twice fires once.';
comment on column schedules.catch_up is
  'What becomes of times at which no worker was there: none, the newest, or up to catch_up_limit of the newest.';
comment on column schedules.overlap is 'Whether a run is started while an earlier one of the schedule is under way.';
comment on column schedules.next_at is 'When it is due, by the clock of the database; null while paused and where no time is left.';
comment on column schedules.created_by is 'user:ID, api_key:ID or cli.';
create index schedules_next_at_idx on schedules (next_at) where enabled;
create index schedules_brand_id_idx on schedules (organization_id, brand_id) where brand_id is not null;
call protect_tenant_table('schedules', 'select, insert, update (enabled, next_at, updated_at), delete');
call open_to_system('schedules', 'select (organization_id, id, enabled, next_at)');

create table schedule_firings (
  organization_id uuid not null,
  id uuid not null,
  schedule_id uuid not null,
  due_at timestamptz not null,
  cause schedule_firing_cause not null,
  status schedule_firing_status not null,
  run_id uuid,
  error jsonb,
  more_missed integer not null default 0 check (more_missed >= 0),
  more_missed_until timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique (organization_id, schedule_id, due_at),
  foreign key (organization_id, schedule_id) references schedules (organization_id, id) on delete cascade,
  foreign key (organization_id, run_id) references agent_runs (organization_id, id) on delete set null (run_id)
);
comment on table schedule_firings is
  'Each time of a schedule, once: written in one transaction with the run that it started, or with why it started none.';
comment on column schedule_firings.due_at is 'The time that the schedule names; for one by hand, when that was.';
comment on column schedule_firings.run_id is 'Null where none was started, or once retention has removed it.';
comment on column schedule_firings.error is 'Why it was refused: code, message, hint.';
comment on column schedule_firings.more_missed is 'How many times that followed due_at were missed together with it; they have no rows of their own.';
comment on column schedule_firings.more_missed_until is 'The last of those.';
create index schedule_firings_run_id_idx on schedule_firings (organization_id, run_id) where run_id is not null;
call protect_tenant_table('schedule_firings', 'select, insert, update (cause, status, run_id, error, updated_at)');

comment on column agent_runs.requested_by is 'user:ID, api_key:ID, cli, run:ID, or schedule:ID with who made the schedule.';
