-- What the proof of isolation found: two ways in which one organization could reach for another by the schema's own means.
set local role neonhub_migrate;

create or replace function enter_organization(organization uuid) returns void
  language plpgsql
  as $$
begin
  -- A tenant's transaction stays where it is; without this, any function that enters could take it elsewhere.
  if current_user in ('neonhub_app', 'neonhub_readonly') and organization is distinct from current_organization() then
    raise exception 'a transaction stays in the organization that it entered' using errcode = 'insufficient_privilege';
  end if;
  perform set_config('role', 'neonhub_app', true), set_config('neonhub.organization_id', organization::text, true);
end $$;

-- Unique across organizations, it told whether another one has a key of this hash.
drop index api_keys_hash_key;
create unique index api_keys_organization_id_hash_key on api_keys (organization_id, hash);
create index api_keys_hash_idx on api_keys (hash);
