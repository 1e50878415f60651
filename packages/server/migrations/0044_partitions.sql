-- A row whose id comes from a clock that is months off lies in the default partition, and a month cannot be made while a
-- row of it lies there. That must not end every start from then on: the month's rows go on to the default partition.
set local role neonhub_migrate;

create or replace function ensure_partitions(from_month date, months integer) returns integer
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
      continue when to_regclass(partition) is not null;
      begin
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
      exception when check_violation then
        raise warning '% cannot be made: rows of that month lie in %_default', partition, parent;
      end;
    end loop;
  end loop;
  return made;
end $$;
comment on function ensure_partitions is 'Makes the monthly partitions of every journal table, from a month on, but for months whose rows lie in the default partition; returns how many it made.';
