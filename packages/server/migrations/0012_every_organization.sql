set local role neonhub_migrate;

-- A backup reads every row and a restore writes it. No role bypasses row-level security, so the owner is let through
-- where its transaction says so: by accident it still sees nothing, and no other role can take this way.
create or replace procedure protect_tenant_table(target regclass, grants text)
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
  call open_to_owner(target);
  execute format('grant %s on %s to neonhub_app', grants, target);
  execute format('grant select on %s to neonhub_readonly', target);
end $$;

create procedure open_to_owner(target regclass)
  language plpgsql
  as $$
begin
  execute format(
    'create policy every_organization on %s to neonhub_migrate using ((select current_setting(''neonhub.every_organization'', true)) = ''on'') with check ((select current_setting(''neonhub.every_organization'', true)) = ''on'')',
    target
  );
end $$;
comment on procedure open_to_owner is
  'Lets the owner reach every row of a table in a transaction that sets neonhub.every_organization: backup, restore, move.';

do $$
declare
  target regclass;
  reference record;
begin
  for target in
    select oid::regclass from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition and relrowsecurity
  loop
    call open_to_owner(target);
  end loop;
  -- Rows that name rows of their own table come in any order, and in batches: a restore looks once all are there.
  for reference in
    select conname, conrelid::regclass as target from pg_constraint
    where contype = 'f' and conrelid = confrelid and conparentid = 0 and connamespace = 'public'::regnamespace
  loop
    execute format('alter table %s alter constraint %I deferrable', reference.target, reference.conname);
  end loop;
end $$;
