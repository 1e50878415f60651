set local role neonhub_migrate;

-- Sign-in comes before there is an organization, so these tables are reached as neonhub_system alone.

create table users (
  id uuid primary key,
  name text not null,
  email citext not null unique,
  email_verified boolean not null default false,
  image text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
comment on table users is 'People who sign in. A person belongs to organizations through organization_members.';

create table accounts (
  id uuid primary key,
  user_id uuid not null references users on delete cascade,
  account_id text not null,
  provider_id text not null,
  access_token text,
  refresh_token text,
  id_token text,
  access_token_expires_at timestamptz,
  refresh_token_expires_at timestamptz,
  scope text,
  password text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (provider_id, account_id)
);
comment on table accounts is 'A way of a user to sign in: a password hash or an account at an identity provider.';
create index accounts_user_id_idx on accounts (user_id);

create table sessions (
  id uuid primary key,
  user_id uuid not null references users on delete cascade,
  token text not null unique,
  active_organization_id uuid,
  ip_address text,
  user_agent text,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
comment on table sessions is 'A signed-in browser.';
create index sessions_user_id_idx on sessions (user_id);

create table verification_tokens (
  id uuid primary key,
  identifier text not null,
  value text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
comment on table verification_tokens is 'Short-lived proofs: e-mail verification, password reset, second factors.';
create index verification_tokens_identifier_idx on verification_tokens (identifier);

grant select, insert, update, delete on users, accounts, sessions, verification_tokens to neonhub_system;

create table organizations (
  id uuid primary key,
  name text not null,
  slug citext not null unique,
  logo text,
  metadata text,
  time_zone text not null default 'UTC',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
comment on table organizations is 'The tenants. An agency holds one for each client.';
alter table organizations enable row level security;
alter table organizations force row level security;
create policy tenant on organizations to neonhub_app, neonhub_readonly using (id = (select current_organization()));
grant select, update (name, time_zone, updated_at) on organizations to neonhub_app;
grant select on organizations to neonhub_readonly;
call open_to_system('organizations', 'select, insert, update, delete');

create table organization_members (
  id uuid primary key,
  organization_id uuid not null references organizations on delete cascade,
  user_id uuid not null references users on delete cascade,
  role text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (organization_id, user_id),
  unique (organization_id, id)
);
comment on table organization_members is 'Who belongs to an organization, and in which role.';
create index organization_members_user_id_idx on organization_members (user_id);
call protect_tenant_table('organization_members', 'select');
call open_to_system('organization_members', 'select, insert, update, delete');

create table invitations (
  id uuid primary key,
  organization_id uuid not null references organizations on delete cascade,
  email citext not null,
  role text not null,
  status text not null,
  inviter_id uuid not null references users on delete cascade,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (organization_id, id)
);
comment on table invitations is 'People asked to join an organization.';
create index invitations_inviter_id_idx on invitations (inviter_id);
call protect_tenant_table('invitations', 'select');
call open_to_system('invitations', 'select, insert, update, delete');

create table api_keys (
  organization_id uuid not null references organizations on delete cascade,
  id uuid not null,
  name text not null,
  prefix text not null,
  hash text not null,
  scopes text[] not null,
  created_by text not null,
  expires_at timestamptz,
  revoked_at timestamptz,
  last_used_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id)
);
comment on table api_keys is 'Keys for programs. Only the SHA-256 of a key is kept.';
comment on column api_keys.prefix is 'The first characters of the key, shown so that a person can tell keys apart.';
create unique index api_keys_hash_key on api_keys (hash);
call protect_tenant_table('api_keys', 'select, insert, update');
call open_to_system('api_keys', 'select (organization_id, id, hash, scopes, expires_at, revoked_at), update (last_used_at)');

create table audit_logs (
  organization_id uuid not null references organizations on delete cascade,
  id uuid not null,
  actor text not null,
  action text not null,
  subject text,
  detail jsonb not null default '{}',
  previous_hash text,
  hash text not null,
  created_at timestamptz not null,
  primary key (organization_id, id)
) partition by range (id);
comment on table audit_logs is 'Who did what, append-only; each row carries the hash of the one before it in its organization.';
comment on column audit_logs.actor is 'user:ID, api_key:ID, cli or system.';
comment on column audit_logs.hash is 'SHA-256 of the canonical JSON of the row without its hash, previous_hash included.';
call protect_tenant_table('audit_logs', 'select, insert');
create table audit_logs_default partition of audit_logs default;
alter table audit_logs_default enable row level security;
alter table audit_logs_default force row level security;
insert into partitioned_tables (name) values ('audit_logs');
