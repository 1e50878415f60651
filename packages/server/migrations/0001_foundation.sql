-- Extensions, roles and the means by which every later table is kept inside its organization.

create extension if not exists vector;
create extension if not exists citext;

-- neonhub_migrate owns everything; neonhub_app works inside row-level security; neonhub_readonly reads inside it;
-- neonhub_system does what must cross organizations (dispatch, sign-in, retention) and holds column grants only.
do $$
declare
  role_name text;
begin
  foreach role_name in array array['neonhub_migrate', 'neonhub_app', 'neonhub_readonly', 'neonhub_system'] loop
    begin
      if not exists (select from pg_roles where rolname = role_name) then
        execute format('create role %I nologin nosuperuser nocreatedb nocreaterole nobypassrls noinherit', role_name);
      end if;
    exception
      -- Roles belong to the cluster: a migration of a neighbouring database may have made them just now.
      when duplicate_object or unique_violation then null;
    end;
    if not pg_has_role(current_user, role_name, 'member') then
      execute format('grant %I to %I', role_name, current_user);
    end if;
  end loop;
end $$;

revoke create on schema public from public;
grant usage on schema public to neonhub_app, neonhub_readonly, neonhub_system;
grant usage, create on schema public to neonhub_migrate;
set local role neonhub_migrate;

create function current_organization() returns uuid
  language sql stable parallel safe
  return nullif(current_setting('neonhub.organization_id', true), '')::uuid;
comment on function current_organization is
  'The organization of the transaction; null outside of one. A local setting reads as an empty text once its transaction has ended.';

create function enter_organization(organization uuid) returns void
  language plpgsql
  as $$
begin
  perform set_config('role', 'neonhub_app', true), set_config('neonhub.organization_id', organization::text, true);
end $$;
comment on function enter_organization is
  'Puts the rest of the transaction into one organization, as the role that row-level security binds.';

-- `grants` is what neonhub_app may do ("select, insert" for what is append-only).
create procedure protect_tenant_table(target regclass, grants text)
  language plpgsql
  as $$
begin
  execute format('alter table %s enable row level security', target);
  execute format('alter table %s force row level security', target);
  -- The sub-select makes the setting be read once a statement, not once a row.
  execute format(
    'create policy tenant on %s to neonhub_app, neonhub_readonly using (organization_id = (select current_organization())) with check (organization_id = (select current_organization()))',
    target
  );
  execute format('grant %s on %s to neonhub_app', grants, target);
  execute format('grant select on %s to neonhub_readonly', target);
end $$;
comment on procedure protect_tenant_table is 'Row-level security with FORCE, its policy and the grants of a tenant table.';

-- `grants` names columns: "select (id, organization_id), update (status)".
create procedure open_to_system(target regclass, grants text)
  language plpgsql
  as $$
begin
  execute format('create policy system on %s to neonhub_system using (true) with check (true)', target);
  execute format('grant %s on %s to neonhub_system', grants, target);
end $$;
comment on procedure open_to_system is 'Lets neonhub_system cross organizations on the columns that are named, and on no others.';

create function touch_updated_at() returns trigger
  language plpgsql
  as $$
begin
  new.updated_at := now();
  return new;
end $$;

create function uuid_at(moment timestamptz) returns uuid
  language sql immutable parallel safe
  return (lpad(to_hex((extract(epoch from moment) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid;
comment on function uuid_at is 'The smallest UUIDv7 of a moment (RFC 9562: 48 bits of Unix milliseconds come first).';

create table partitioned_tables (
  name text primary key,
  created_at timestamptz not null default now()
);
comment on table partitioned_tables is 'The tables that ensure_partitions keeps a month ahead: each is ranged by a UUIDv7.';

create function ensure_partitions(from_month date, months integer) returns integer
  language plpgsql
  security definer
  set search_path = public, pg_temp
  as $$
declare
  parent text;
  month date;
  partition text;
  made integer := 0;
begin
  -- Two processes that start at once would otherwise both make the same month.
  perform pg_advisory_xact_lock(7_310_001);
  for parent in select name from partitioned_tables order by name loop
    for month in
      select date_trunc('month', from_month)::date + make_interval(months => step) from generate_series(0, months) as step
    loop
      partition := format('%s_%s', parent, to_char(month, 'YYYY_MM'));
      if to_regclass(partition) is null then
        execute format(
          'create table %I partition of %I for values from (%L) to (%L)',
          partition, parent,
          uuid_at(month::timestamp at time zone 'utc'),
          uuid_at((month + interval '1 month')::timestamp at time zone 'utc')
        );
        -- Nobody is granted a partition, and this holds should somebody be.
        execute format('alter table %I enable row level security', partition);
        execute format('alter table %I force row level security', partition);
        made := made + 1;
      end if;
    end loop;
  end loop;
  return made;
end $$;
comment on function ensure_partitions is 'Makes the monthly partitions of every journal table, from a month on; returns how many were missing.';
revoke execute on function ensure_partitions from public;
grant execute on function ensure_partitions to neonhub_system;
