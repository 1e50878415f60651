-- A run's row is written anew with each of its steps and calls, and a call's when it ends. Where the page of the row has room
-- left, that touches no index and is cleared away by whoever comes next.
set local role neonhub_migrate;

alter table partitioned_tables add column fill_factor integer not null default 100 check (fill_factor between 10 and 100);
comment on column partitioned_tables.fill_factor is
  'How full, in percent, a page of a partition gets before rows go to another: the rest is for rows that change.';
update partitioned_tables set fill_factor = 70 where name in ('agent_runs', 'tool_executions');

do $$
declare
  partition record;
begin
  for partition in
    select i.inhrelid::regclass as name, t.fill_factor from pg_inherits i
    join partitioned_tables t on to_regclass(t.name) = i.inhparent
    where t.fill_factor < 100
  loop
    execute format('alter table %s set (fillfactor = %s)', partition.name, partition.fill_factor);
  end loop;
end $$;

create or replace function ensure_partitions(from_month date, months integer) returns integer
  language plpgsql
  security definer
  set search_path = public, pg_temp
  as $$
declare
  parent record;
  month date;
  partition text;
  made integer := 0;
begin
  -- Two processes that start at once would otherwise both make the same month.
  perform pg_advisory_xact_lock(7_310_001);
  for parent in select name, fill_factor from partitioned_tables order by name loop
    for month in
      select date_trunc('month', from_month)::date + make_interval(months => step) from generate_series(0, months) as step
    loop
      partition := format('%s_%s', parent.name, to_char(month, 'YYYY_MM'));
      continue when to_regclass(partition) is not null;
      begin
        execute format(
          'create table %I partition of %I for values from (%L) to (%L) with (fillfactor = %s)',
          partition, parent.name,
          uuid_at(month::timestamp at time zone 'utc'),
          uuid_at((month + interval '1 month')::timestamp at time zone 'utc'),
          parent.fill_factor
        );
        -- Nobody is granted a partition, and this holds should somebody be.
        execute format('alter table %I enable row level security', partition);
        execute format('alter table %I force row level security', partition);
        made := made + 1;
      exception when check_violation then
        raise warning '% cannot be made: rows of that month lie in %_default', partition, parent.name;
      end;
    end loop;
  end loop;
  return made;
end $$;
