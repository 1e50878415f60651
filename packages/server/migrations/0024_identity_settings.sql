set local role neonhub_migrate;

-- Second factors. Sign-in comes before there is an organization, so this stands beside users.

alter table users add column two_factor_enabled boolean not null default false;
comment on column users.two_factor_enabled is 'Whether a sign-in with the password alone opens nothing yet.';

create table two_factors (
  id uuid primary key,
  user_id uuid not null unique references users on delete cascade,
  secret text not null,
  backup_codes text not null,
  verified boolean not null default false,
  failed_verification_count integer not null default 0 check (failed_verification_count >= 0),
  locked_until timestamptz,
  created_at timestamptz not null default now()
);
comment on table two_factors is 'The second factor of a user: an authenticator app (RFC 6238), and codes for when it is lost.';
comment on column two_factors.secret is 'The secret that the app shares, sealed under the installation''s key.';
comment on column two_factors.backup_codes is 'The codes that are left, sealed likewise; each opens once.';
comment on column two_factors.verified is 'Whether the app has shown a right code. Until then it is asked of nobody.';
comment on column two_factors.failed_verification_count is 'Wrong codes in a row, across sign-ins.';
comment on column two_factors.locked_until is 'Until then no code is looked at, right or wrong.';
grant select, insert, update, delete on two_factors to neonhub_system;

alter table organizations add column require_two_factor boolean not null default false;
comment on column organizations.require_two_factor is
  'Members without a second factor are let into nothing of the organization. Keys for programs are asked for none.';
grant update (require_two_factor) on organizations to neonhub_app;

-- What a person sets for themselves, in every organization alike.

create type theme as enum ('system', 'light', 'dark');

create table user_settings (
  user_id uuid primary key references users on delete cascade,
  locale text check (locale ~ '^[A-Za-z0-9]{1,8}(-[A-Za-z0-9]{1,8})*$'),
  time_zone text,
  theme theme not null default 'system',
  notifications jsonb not null default '{}' check (jsonb_typeof(notifications) = 'object'),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
comment on table user_settings is 'How a user wants to be shown and told things. No row: everything as it comes.';
comment on column user_settings.locale is 'A language tag (BCP 47): de, en-GB. The browser''s where null.';
comment on column user_settings.time_zone is 'IANA name. The browser''s where null.';
comment on column user_settings.notifications is 'By event: {"mail": boolean, "inApp": boolean}. What is left out is as the code has it.';
grant select, insert, update on user_settings to neonhub_system;

-- Roles of an organization's own, beside the built-in ones of the code. organization_members.role and invitations.role
-- name either by name; changes of members, invitations and roles of an organization take turns (identity/authority.ts).

create table organization_roles (
  organization_id uuid not null references organizations on delete cascade,
  id uuid not null,
  name text not null check (name ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(name) <= 64),
  description text not null default '',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique (organization_id, name),
  check (name not in ('owner', 'admin', 'editor', 'viewer', 'member'))
);
comment on table organization_roles is 'Roles that an organization made, beside owner, admin, editor and viewer.';
comment on column organization_roles.name is 'By which members and invitations name it. It never changes.';
call protect_tenant_table('organization_roles', 'select, insert, update, delete');
call open_to_system('organization_roles', 'select (organization_id, id, name)');

create table role_permissions (
  organization_id uuid not null,
  role_id uuid not null,
  permission text not null check (length(permission) between 1 and 64),
  created_at timestamptz not null default now(),
  primary key (organization_id, role_id, permission),
  foreign key (organization_id, role_id) references organization_roles (organization_id, id) on delete cascade
);
comment on table role_permissions is 'What an organization''s own role allows.';
comment on column role_permissions.permission is 'One of the contract''s. One that the code no longer knows allows nothing.';
call protect_tenant_table('role_permissions', 'select, insert, delete');
call open_to_system('role_permissions', 'select (organization_id, role_id, permission)');

create table organization_permissions (
  organization_id uuid not null references organizations on delete cascade,
  permission text not null check (length(permission) between 1 and 64),
  created_at timestamptz not null default now(),
  primary key (organization_id, permission)
);
comment on table organization_permissions is
  'What the installation''s operator withholds from an organization: no role and no key of it allows these, whatever it says.';
call protect_tenant_table('organization_permissions', 'select, insert, delete');
call open_to_system('organization_permissions', 'select (organization_id, permission)');

-- Members and invitations are changed inside the organization from here on, so their keys tell of no other's.

alter table organization_members
  drop constraint organization_members_pkey,
  drop constraint organization_members_organization_id_id_key,
  add primary key (organization_id, id);
alter table invitations
  drop constraint invitations_pkey,
  drop constraint invitations_organization_id_id_key,
  add primary key (organization_id, id);
grant insert, update, delete on organization_members to neonhub_app;
grant insert, update on invitations to neonhub_app;
create index invitations_email_idx on invitations (organization_id, email);

-- A key allows at most what the person behind it may do when it is used.
alter table api_keys add column owner_user_id uuid references users on delete cascade;
comment on column api_keys.owner_user_id is
  'The person whose permissions bound the key: who made it, or stands behind the key that made it. Null where the operator does.';
create index api_keys_owner_user_id_idx on api_keys (owner_user_id) where owner_user_id is not null;
grant select (owner_user_id) on api_keys to neonhub_system;

-- An invitation's id stands in lists; the secret of its link does not.
alter table invitations add column token_hash text;
alter table invitations alter column inviter_id drop not null;
comment on column invitations.token_hash is 'SHA-256 of the secret in the invitation''s link, in hex.';
comment on column invitations.inviter_id is 'The person behind it; null where the operator of the installation is.';

set local neonhub.every_organization = 'on';
with recursive made as (
  select k.organization_id, k.id, substring(k.created_by from 6)::uuid as user_id
    from api_keys k where k.created_by ~ '^user:[0-9a-f-]{36}$'
  union all
  select k.organization_id, k.id, m.user_id
    from api_keys k join made m on m.organization_id = k.organization_id and k.created_by = 'api_key:' || m.id
)
update api_keys k
  -- Whose person is gone allows nothing any more.
  set owner_user_id = u.id, revoked_at = case when u.id is null then coalesce(k.revoked_at, now()) else k.revoked_at end
  from made m left join users u on u.id = m.user_id
  where m.organization_id = k.organization_id and m.id = k.id;
-- Links that were sent before carry the id.
update invitations set token_hash = encode(sha256(convert_to(id::text, 'utf8')), 'hex');
set local neonhub.every_organization = 'off';
