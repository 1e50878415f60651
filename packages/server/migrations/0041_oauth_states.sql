-- Connecting an account by the consent of a person at the provider (OAuth 2.0), and keeping its access fresh.
set local role neonhub_migrate;

create table oauth_states (
  organization_id uuid not null references organizations on delete cascade,
  id uuid not null,
  user_id uuid not null,
  connector text not null check (connector <> ''),
  name citext not null,
  connection_id uuid,
  settings jsonb not null default '{}',
  state_hash text not null check (state_hash <> ''),
  sealed_verifier bytea not null,
  key_version integer not null,
  redirect_uri text not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (organization_id, id),
  unique (organization_id, state_hash),
  -- Who leaves the organization connects nothing more to it.
  foreign key (organization_id, user_id) references organization_members (organization_id, user_id) on delete cascade,
  foreign key (organization_id, connection_id) references connector_auths (organization_id, id) on delete cascade
);
comment on table oauth_states is
  'People who were sent to a provider for their consent and are not back yet. Each is good for one return of the same person.';
comment on column oauth_states.user_id is 'Who pressed Connect; nobody else''s session finishes it.';
comment on column oauth_states.name is 'What the connection will be called, or is.';
comment on column oauth_states.connection_id is 'The connection that is authorised anew; null where one will be made.';
comment on column oauth_states.settings is 'What a new connection will be set to, beside what the provider says of the account.';
comment on column oauth_states.state_hash is 'SHA-256 of the state, in hex, which the person''s browser alone carries.';
comment on column oauth_states.sealed_verifier is
  'The PKCE verifier (RFC 7636), sealed as credentials are, with this row''s id as the owner.';
comment on column oauth_states.key_version is 'Which key it was sealed with, as credentials.key_version says.';
comment on column oauth_states.redirect_uri is 'As the provider was told it: the exchange has to say the same (RFC 6749, 4.1.3).';
comment on column oauth_states.used_at is 'When the person came back, whatever came of it.';
create index oauth_states_user_id_idx on oauth_states (organization_id, user_id);
create index oauth_states_connection_id_idx on oauth_states (organization_id, connection_id) where connection_id is not null;
create index oauth_states_expires_at_idx on oauth_states (expires_at);
call protect_tenant_table('oauth_states', 'select, insert, update (used_at)');
call open_to_system('oauth_states', 'select (organization_id, id, expires_at), delete');
revoke select on oauth_states from neonhub_readonly;

alter table connector_auths
  add column account text,
  add column scopes text[] not null default '{}',
  add column authorized_at timestamptz,
  add column access_expires_at timestamptz,
  add column refresh_credential_id uuid,
  add column refreshing_until timestamptz,
  add foreign key (organization_id, refresh_credential_id) references credentials (organization_id, id);
comment on column connector_auths.account is 'Whose account it is, as the provider calls it; null where nobody consented there.';
comment on column connector_auths.scopes is 'What the provider granted.';
comment on column connector_auths.authorized_at is 'When a person last consented at the provider; null where credentials were entered by hand.';
comment on column connector_auths.access_expires_at is 'Until when the provider takes the access token; null for good.';
comment on column connector_auths.refresh_credential_id is
  'The sealed refresh token, which no call is handed; null where there is none, or the provider takes it no longer.';
comment on column connector_auths.refreshing_until is
  'Until when one process alone refreshes the access. It is its token too: what it stores counts only while this stands.';
create index connector_auths_refresh_credential_id_idx on connector_auths (organization_id, refresh_credential_id)
  where refresh_credential_id is not null;
