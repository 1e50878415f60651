set local role neonhub_migrate;

create type connection_mode as enum ('sandbox', 'real');
create type connection_status as enum ('active', 'failing', 'disabled');

create table credentials (
  organization_id uuid not null references organizations on delete cascade,
  id uuid not null,
  sealed bytea not null,
  key_version integer not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id)
);
comment on table credentials is 'Secrets of connections, sealed with AES-256-GCM; the organization and the id are authenticated with them.';
comment on column credentials.sealed is 'Nonce (12 bytes), tag (16 bytes), ciphertext of a JSON object.';
call protect_tenant_table('credentials', 'select, insert, update, delete');
revoke select on credentials from neonhub_readonly;

create table connector_auths (
  organization_id uuid not null references organizations on delete cascade,
  id uuid not null,
  connector text not null,
  name citext not null,
  mode connection_mode not null,
  status connection_status not null default 'active',
  settings jsonb not null default '{}',
  credential_id uuid,
  last_error text,
  last_checked_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique (organization_id, name),
  foreign key (organization_id, credential_id) references credentials (organization_id, id)
);
comment on table connector_auths is 'Connections: an organization''s authorised accounts at connectors.';
comment on column connector_auths.name is 'What a brief or an agent calls the connection.';
comment on column connector_auths.settings is 'What is no secret: host, sender, default channel.';
create index connector_auths_credential_id_idx on connector_auths (organization_id, credential_id);
call protect_tenant_table('connector_auths', 'select, insert, update, delete');

create table sandbox_records (
  organization_id uuid not null references organizations on delete cascade,
  connector text not null,
  collection text not null,
  key text not null,
  sequence bigint not null generated always as identity,
  value jsonb not null,
  created_at timestamptz not null default now(),
  primary key (organization_id, connector, collection, key)
);
comment on table sandbox_records is 'What the connectors'' sandboxes remember: their outboxes, channels and limits.';
call protect_tenant_table('sandbox_records', 'select, insert, delete');

create table suppressions (
  organization_id uuid not null references organizations on delete cascade,
  channel text not null,
  address citext not null,
  reason text not null,
  created_at timestamptz not null default now(),
  primary key (organization_id, channel, address)
);
comment on table suppressions is 'Addresses that must not be written to again; asked before every send.';
comment on column suppressions.channel is 'The connector whose sends are stopped: email, slack, …';
call protect_tenant_table('suppressions', 'select, insert, delete');
