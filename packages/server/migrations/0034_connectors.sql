-- What this installation's code can connect to.
set local role neonhub_migrate;

create type connector_auth_kind as enum ('none', 'optional', 'required');

create table connectors (
  id text not null primary key check (id <> ''),
  name text not null,
  description text not null default '',
  auth_kind connector_auth_kind not null,
  settings_schema jsonb not null,
  credentials_schema jsonb not null,
  sandbox_settings jsonb not null,
  actions jsonb not null,
  triggers jsonb not null,
  version integer not null default 1 check (version > 0),
  definition_hash text not null,
  gone_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
comment on table connectors is
  'The outside services that the code knew when a server last started: what can be connected. One that left the code is marked, since connections and ledger rows may still name it.';
comment on column connectors.id is 'What connector_auths.connector names. No foreign key: an organization''s own export brings its connections and not this list.';
comment on column connectors.auth_kind is 'Whether a real connection takes credentials: none, optional or required.';
comment on column connectors.settings_schema is 'JSON Schema of what is no secret; likewise credentials_schema of what is sealed.';
comment on column connectors.sandbox_settings is 'What a sandbox connection has that sets nothing.';
comment on column connectors.actions is 'A list of name, description, effect (see effect_class), toPeople where recipients are people; the tool is ID.NAME.';
comment on column connectors.triggers is 'A list of name and description: by which of its events it starts runs.';
comment on column connectors.version is 'Grows with every change of what it takes, does or tells.';
comment on column connectors.definition_hash is 'SHA-256 of the canonical text of all that the code says of it.';
comment on column connectors.gone_at is 'Since when the code has it no longer; null where it has.';
grant select on connectors to neonhub_app, neonhub_readonly;
grant select, insert, update on connectors to neonhub_system;
