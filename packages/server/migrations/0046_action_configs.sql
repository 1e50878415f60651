-- What an organization fixes of one action of one of its connections.
set local role neonhub_migrate;

create table action_configs (
  organization_id uuid not null references organizations on delete cascade,
  connection_id uuid not null,
  action text not null check (action <> ''),
  version integer not null default 1 check (version > 0),
  enabled boolean not null default true,
  fixed jsonb not null default '{}' check (jsonb_typeof(fixed) = 'object'),
  defaults jsonb not null default '{}' check (jsonb_typeof(defaults) = 'object'),
  actor text not null,
  created_at timestamptz not null default now(),
  primary key (organization_id, connection_id, action, version),
  foreign key (organization_id, connection_id) references connector_auths (organization_id, id) on delete cascade
);
comment on table action_configs is
  'What an organization fixes of one action of one connection. A change is a new version, so that a call that was made under an earlier one is still known for the same.';
comment on column action_configs.action is 'One of its connector''s: send, postMessage. With the connector''s id before it, the tool.';
comment on column action_configs.version is 'The newest counts for every call that has not left.';
comment on column action_configs.enabled is 'Whether the connection may be called for it at all.';
comment on column action_configs.fixed is 'Arguments that stand whatever an agent gives: top-level ones of the action''s schema.';
comment on column action_configs.defaults is 'Arguments that stand where an agent gives none.';
comment on column action_configs.actor is 'user:ID, api_key:ID or cli.';
call protect_tenant_table('action_configs', 'select, insert');

create function hold_action_config(p_connection_id uuid, p_action text) returns integer
  language plpgsql
  set plan_cache_mode = force_generic_plan
  as $$
begin
  perform pg_advisory_xact_lock_shared(hashtextextended('action ' || p_connection_id || '/' || p_action, 0));
  -- A statement of its own: it sees what whoever held the lock before has written.
  return coalesce((
    select max(version) from action_configs
    where organization_id = current_organization() and connection_id = p_connection_id and action = p_action
  ), 0);
end $$;
comment on function hold_action_config is
  'The newest version of what is fixed of an action of a connection, which nobody changes until the transaction ends; 0 where nothing is.';
