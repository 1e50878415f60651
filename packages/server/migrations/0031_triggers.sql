set local role neonhub_migrate;

create type webhook_delivery_status as enum ('pending', 'processed', 'ignored', 'failed');
create type trigger_firing_status as enum ('planned', 'started', 'failed');

create table webhook_deliveries (
  organization_id uuid not null,
  id uuid not null,
  connection_id uuid not null,
  trigger text not null,
  event_id text not null check (length(event_id) <= 255),
  event_type text not null,
  occurred_at timestamptz not null,
  data jsonb not null,
  status webhook_delivery_status not null default 'pending',
  attempts integer not null default 0 check (attempts >= 0),
  check_at timestamptz not null default now(),
  error jsonb,
  finished_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique (organization_id, connection_id, event_id),
  foreign key (organization_id, connection_id) references connector_auths (organization_id, id) on delete cascade,
  check ((status = 'pending') = (finished_at is null))
);
comment on table webhook_deliveries is
  'The inbox: every event that outside services told, once, however often they repeat it. Nothing whose signature did not hold.';
comment on column webhook_deliveries.trigger is 'Which of the connector''s triggers has checked and read it.';
comment on column webhook_deliveries.event_id is 'The provider''s own, by which a repetition is known.';
comment on column webhook_deliveries.occurred_at is 'When it happened at the provider: events come in any order, and days late.';
comment on column webhook_deliveries.data is 'What the event says. It comes from outside.';
comment on column webhook_deliveries.attempts is 'How often a job was given to it.';
comment on column webhook_deliveries.check_at is 'When somebody looks whether its job was lost, or tries again after an accident.';
comment on column webhook_deliveries.error is 'Why working it met an accident; what came of each trigger stands in trigger_firings.';
create index webhook_deliveries_check_at_idx on webhook_deliveries (check_at) where status = 'pending';
create index webhook_deliveries_finished_at_idx on webhook_deliveries (organization_id, finished_at)
  where finished_at is not null;
call protect_tenant_table('webhook_deliveries', 'select, insert, update (status, attempts, check_at, error, finished_at, updated_at)');
call open_to_system('webhook_deliveries', 'select (organization_id, id, status, check_at, finished_at), delete');

create table trigger_configs (
  organization_id uuid not null,
  id uuid not null,
  name citext not null check (length(name) between 1 and 100),
  connection_id uuid not null,
  event_types text[] not null check (cardinality(event_types) <= 100),
  agent text not null,
  intent text not null,
  brand_id uuid,
  input jsonb not null,
  disabled_at timestamptz,
  created_by text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique (organization_id, name),
  foreign key (organization_id, connection_id) references connector_auths (organization_id, id) on delete cascade,
  foreign key (organization_id, brand_id) references brands (organization_id, id) on delete cascade
);
comment on table trigger_configs is 'Which events of a connection start a run of which intent.';
comment on column trigger_configs.event_types is 'Names as the provider has them, whole groups such as message.*, or * for all.';
comment on column trigger_configs.input is 'The run''s input. {{data.text}} stands for what the event says there.';
comment on column trigger_configs.disabled_at is 'Since when it starts nothing; null where it does.';
comment on column trigger_configs.created_by is 'user:ID, api_key:ID or cli.';
create index trigger_configs_connection_id_idx on trigger_configs (organization_id, connection_id);
create index trigger_configs_brand_id_idx on trigger_configs (organization_id, brand_id) where brand_id is not null;
call protect_tenant_table('trigger_configs', 'select, insert, update, delete');

create table trigger_firings (
  organization_id uuid not null,
  delivery_id uuid not null,
  trigger_id uuid not null,
  status trigger_firing_status not null,
  agent text not null,
  intent text not null,
  brand text,
  input jsonb,
  run_id uuid,
  error jsonb,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, delivery_id, trigger_id),
  foreign key (organization_id, delivery_id) references webhook_deliveries (organization_id, id) on delete cascade,
  foreign key (organization_id, trigger_id) references trigger_configs (organization_id, id) on delete cascade,
  foreign key (organization_id, run_id) references agent_runs (organization_id, id) on delete set null (run_id)
);
comment on table trigger_firings is
  'What a trigger made of an event: written before the run is asked for, so that trying again asks for the very same.';
comment on column trigger_firings.brand is 'Slug of the brand that the run works for, as it was then.';
comment on column trigger_firings.input is 'The run''s input, with what the event says filled in; null where that failed.';
comment on column trigger_firings.error is 'Why no run was started.';
create index trigger_firings_trigger_id_idx on trigger_firings (organization_id, trigger_id);
create index trigger_firings_run_id_idx on trigger_firings (organization_id, run_id) where run_id is not null;
call protect_tenant_table('trigger_firings', 'select, insert, update (status, run_id, error, updated_at), delete');

comment on column retention_policies.webhook_days is
  'Messages to endpoints with their attempts, and events that came in, from their end. At least a week: providers repeat what they sent for days.';
