import { sql } from '../../../db/index.ts'
import type { Finding } from '../finding.ts'

/** Tables and partitions of tenants that row-level security does not close. */
export const checkRowSecurity = sql<Finding>`
  select 'error' as severity, 'table.row_security' as code,
    format('%s does not have row-level security with FORCE: a query that forgets its filter sees every organization', c.relname) as what,
    'table ' || c.relname as where,
    format('alter table %1$I enable row level security; alter table %1$I force row level security', c.relname) as remedy
  from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id' and not a.attisdropped
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
    and not (c.relrowsecurity and c.relforcerowsecurity)
`

/** Foreign keys whose own columns begin no index: each delete of a parent then reads the whole table. */
export const checkForeignKeys = sql<Finding>`
  select 'warning' as severity, 'foreign_key.no_index' as code,
    format('No index begins with the columns of %s: a change of a %s reads all of %s', k.conname, k.confrelid::regclass, c.relname) as what,
    'table ' || c.relname as where,
    format('create index concurrently on %I (%s)', c.relname,
      (select string_agg(format('%I', a.attname), ', ' order by u.position) from unnest(k.conkey) with ordinality u (number, position)
        join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.number)) as remedy
  from pg_constraint k join pg_class c on c.oid = k.conrelid
  where k.contype = 'f' and k.conparentid = 0 and c.relnamespace = 'public'::regnamespace and not c.relispartition
    and not exists (
      select from pg_index i
      where i.indrelid = k.conrelid and i.indisvalid
        and (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey
    )
`

/** Indexes that are kept up and never read, and those that were trained on nothing. */
export const checkIndexes = sql<Finding>`
  select 'warning' as severity, 'index.invalid' as code,
    format('%s is invalid: it is kept up, and no query uses it', x.relname) as what, 'table ' || c.relname as where,
    format('drop index concurrently %I, and make it again', x.relname) as remedy
  from pg_index i join pg_class x on x.oid = i.indexrelid join pg_class c on c.oid = i.indrelid
  where not i.indisvalid and c.relnamespace = 'public'::regnamespace
    and not exists (select from pg_stat_progress_create_index p where p.index_relid = i.indexrelid)
  union all
  select 'warning', 'index.ivfflat_empty',
    format('%s was built on an empty table: its lists are random, and it finds about a quarter of what it should', x.relname),
    'table ' || c.relname, format('reindex index concurrently %I once there are rows, or use hnsw', x.relname)
  from pg_index i join pg_class x on x.oid = i.indexrelid join pg_am m on m.oid = x.relam join pg_class c on c.oid = i.indrelid
  where m.amname = 'ivfflat' and x.reltuples <= 0
`

/** The journal's months: those that are missing, and rows that found none. */
export const checkPartitions = sql<Finding>`
  with parents as (
    select c.oid, c.relname, p.partdefid
    from pg_partitioned_table p join pg_class c on c.oid = p.partrelid
    where c.relnamespace = 'public'::regnamespace and p.partstrat = 'r'
  ), months as (
    select date_trunc('month', now() at time zone 'utc') + make_interval(months => step) as month
    from generate_series(0, 2) as step
  )
  select 'warning' as severity, 'partition.missing' as code,
    format('%s has no partition for %s', relname, string_agg(to_char(month, 'YYYY-MM'), ', ' order by month)) as what,
    'table ' || relname as where, 'Run neonhub db migrate: it makes the months that are missing' as remedy
  from parents, months
  where to_regclass(format('public.%I', relname || to_char(month, '_YYYY_MM'))) is null
  group by relname
  union all
  select 'warning', 'partition.default_used',
    format('%s holds rows, or held some: they came when their month had no partition, or from a clock that is far off', d.relname),
    'table ' || d.relname,
    'Find the clock that is off. All works on, but their months cannot be made, and so not be dropped as a whole, while they lie here'
  from parents p join pg_class d on d.oid = p.partdefid where pg_relation_size(d.oid) > 0
  union all
  select 'error', 'partition.no_default', format('%s has no default partition: a row from a clock that is off is lost', relname),
    'table ' || relname, 'Run neonhub db drift: it prints the statement that makes it'
  from parents where partdefid = 0
`
