set local role neonhub_migrate;

create table retention_policies (
  organization_id uuid primary key references organizations on delete cascade,
  run_days integer check (run_days between 1 and 36500),
  audit_days integer check (audit_days between 1 and 36500),
  sandbox_days integer check (sandbox_days between 1 and 36500),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
comment on table retention_policies is 'For how many days an organization keeps what happened; null, or no row, keeps it for good.';
comment on column retention_policies.run_days is 'Counted from a run''s end, with its whole journal; also calls to models outside of runs, and jobs.';
comment on column retention_policies.sandbox_days is 'What the connectors'' sandboxes remember.';
call protect_tenant_table('retention_policies', 'select, insert, update');
call open_to_system('retention_policies', 'select (organization_id, run_days, audit_days, sandbox_days)');

create table audit_anchors (
  organization_id uuid primary key references organizations on delete cascade,
  last_id uuid not null,
  last_hash text not null,
  removed bigint not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
comment on table audit_anchors is 'Where an organization''s audit chain begins since its oldest entries were removed.';
comment on column audit_anchors.last_hash is 'Of the newest entry that was removed: the oldest one that is left names it as the one before.';
call protect_tenant_table('audit_anchors', 'select');
call open_to_system('audit_anchors', 'select (organization_id, last_id, last_hash, removed), insert (organization_id, last_id, last_hash, removed), update (last_id, last_hash, removed, updated_at)');

-- What agents wrote outlives the record of how they wrote it.
alter table campaigns alter column run_id drop not null, drop constraint campaigns_organization_id_run_id_fkey,
  add foreign key (organization_id, run_id) references agent_runs (organization_id, id) on delete set null (run_id);
alter table content alter column run_id drop not null, drop constraint content_organization_id_run_id_fkey,
  add foreign key (organization_id, run_id) references agent_runs (organization_id, id) on delete set null (run_id);
comment on column campaigns.run_id is 'Null once the organization''s retention has removed the run.';
comment on column content.run_id is 'Null once the organization''s retention has removed the run.';

grant select (finished_at), delete on agent_runs to neonhub_system;
grant delete on agent_jobs to neonhub_system;
grant select (updated_at) on agent_jobs to neonhub_system;
call open_to_system('llm_calls', 'select (organization_id, id, run_id, status), delete');
call open_to_system('audit_logs', 'select (organization_id, id, hash), delete');
call open_to_system('sandbox_records', 'select (organization_id, connector, collection, key, created_at), delete');

create index agent_runs_finished_at_idx on agent_runs (organization_id, finished_at)
  where parent_run_id is null and finished_at is not null;

create function drop_empty_partitions(before_month date) returns text[]
  language plpgsql
  security definer
  set search_path = public, pg_temp
  set lock_timeout = '2s'
  as $$
declare
  part record;
  has_rows boolean;
  dropped text[] := '{}';
begin
  if not pg_try_advisory_xact_lock(7_310_002) then
    return dropped;
  end if;
  -- Row-level security hides every row from the owner: without this, each partition would look empty.
  perform set_config('neonhub.every_organization', 'on', true);
  for part in
    select p.parent, p.name, p.key, p.month
    from (
      select t.name as parent, c.relname as name, a.attname as key,
        to_date(substring(c.relname from '_([0-9]{4}_[0-9]{2})$'), 'YYYY_MM') as month
      from partitioned_tables t
      join pg_inherits i on i.inhparent = to_regclass(quote_ident(t.name))
      join pg_class c on c.oid = i.inhrelid
      join pg_partitioned_table k on k.partrelid = i.inhparent
      join pg_attribute a on a.attrelid = i.inhparent and a.attnum = k.partattrs[0]
      where c.relname ~ '_[0-9]{4}_[0-9]{2}$'
    ) as p
    -- Those that are referenced come after those that reference them.
    where p.month < date_trunc('month', before_month) order by p.parent = 'agent_runs', p.month, p.name
  loop
    begin
      execute format('lock table %I in access exclusive mode', part.name);
      execute format(
        'select exists (select from %I where %I >= %L and %I < %L)', part.parent,
        part.key, uuid_at(part.month::timestamp at time zone 'utc'),
        part.key, uuid_at((part.month + interval '1 month')::timestamp at time zone 'utc')
      ) into has_rows;
      if has_rows then
        continue;
      end if;
      execute format('alter table %I detach partition %I', part.parent, part.name);
      execute format('drop table %I', part.name);
      dropped := dropped || part.name;
    exception
      -- Somebody works there: the next pass comes by again.
      when lock_not_available or deadlock_detected then null;
    end;
  end loop;
  perform set_config('neonhub.every_organization', 'off', true);
  return dropped;
end $$;
comment on function drop_empty_partitions is
  'Drops the monthly partitions before a month that hold no row of any organization; returns their names.';
revoke execute on function drop_empty_partitions from public;
grant execute on function drop_empty_partitions to neonhub_system;
