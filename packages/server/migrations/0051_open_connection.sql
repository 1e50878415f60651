-- What each call of a tool asks first, in one round trip with one plan.
set local role neonhub_migrate;

create function open_connection(p_organization_id uuid, p_name citext, p_action text) returns jsonb
  language plpgsql
  set plan_cache_mode = force_generic_plan
  set enable_seqscan = off
  as $$
declare
  v_opened jsonb;
begin
  perform enter_organization(p_organization_id);
  select jsonb_build_object(
      'id', a.id, 'connector', a.connector, 'name', a.name, 'mode', a.mode, 'status', a.status, 'settings', a.settings,
      'configs', (
        select coalesce(jsonb_agg(jsonb_build_object(
          'version', f.version, 'enabled', f.enabled, 'fixed', f.fixed, 'defaults', f.defaults
        ) order by f.version desc), '[]')
        from action_configs f
        where f.organization_id = a.organization_id and f.connection_id = a.id and f.action = p_action
      )
    ) || jsonb_strip_nulls(jsonb_build_object(
      'credentialId', a.credential_id, 'sealed', encode(c.sealed, 'base64'), 'account', a.account,
      'accessExpiresInMs', (extract(epoch from a.access_expires_at - clock_timestamp()) * 1000)::float8,
      'refreshCredentialId', a.refresh_credential_id, 'sealedRefresh', encode(r.sealed, 'base64')
    )) into v_opened
    from connector_auths a
    left join credentials c on c.organization_id = a.organization_id and c.id = a.credential_id
    left join credentials r on r.organization_id = a.organization_id and r.id = a.refresh_credential_id
    where a.organization_id = p_organization_id and a.name = p_name;
  return v_opened;
end $$;
comment on function open_connection is
  'A connection by its name with its sealed secrets in base64, and what is fixed of one of its actions, newest first; null where there is none.';

create function hold_call(p_agent text, p_connection_id uuid, p_action text) returns jsonb
  language plpgsql
  as $$
declare
  v_action_version integer;
begin
  if p_connection_id is not null then
    v_action_version := hold_action_config(p_connection_id, p_action);
  end if;
  return jsonb_build_object('actionVersion', v_action_version, 'policy', hold_policy(p_agent));
end $$;
comment on function hold_call is
  'Holds what an organization has set of a call until the transaction ends: the newest version of what is fixed of its action (null where it names none), and of the agent''s policy (null where the code''s alone counts).';
