import { sql } from '../../../db/index.ts'
import type { CatalogueItem } from '../catalogue-item.ts'
import { ownRelations } from './own-relations.ts'

/** Which partitioned tables have a partition for what no month takes. */
export const listDefaultPartitions = sql<CatalogueItem>`
  select 'default partition' as kind, format('%I', c.relname) as name, format('table %I', c.relname) as parent,
    false as "isIncluded", '' as definition, '' as shape,
    format('create table %1$I partition of %2$I default; alter table %1$I enable row level security; '
      'alter table %1$I force row level security; alter table %1$I owner to neonhub_migrate',
      c.relname || '_default', c.relname) as create,
    null as drop, null as replace
  from ${ownRelations} c join pg_partitioned_table p on p.partrelid = c.oid
  where p.partdefid <> 0
`

/** A partition that is not as its parent asks. */
export interface PartitionFault {
  readonly partition: string
  readonly fault: string
  readonly mend: string
}

/**
 * What is wrong with partitions. Months differ from one database to the next, so they are not compared by name but with
 * what each parent asks for: row security with FORCE, the parent's owner, and nothing of their own.
 */
export const listPartitionFaults = sql<PartitionFault>`
  with partitions as (
    select c.*, parent.relowner as parent_owner
    from pg_class c join pg_inherits h on h.inhrelid = c.oid join pg_class parent on parent.oid = h.inhparent
    where c.relnamespace = 'public'::regnamespace and c.relispartition and c.relkind in ('r', 'p')
  )
  select relname::text as partition, 'row-level security is off' as fault,
    format('alter table %I enable row level security', relname) as mend
  from partitions where not relrowsecurity
  union all
  select relname, 'row-level security does not bind its owner', format('alter table %I force row level security', relname)
  from partitions where not relforcerowsecurity
  union all
  select relname, 'it loses its rows in a crash', format('alter table %I set logged', relname)
  from partitions where relpersistence <> 'p'
  union all
  select relname, format('it belongs to %s', relowner::regrole),
    format('alter table %I owner to %s', relname, parent_owner::regrole)
  from partitions where relowner <> parent_owner
  union all
  select distinct relname, format('it is granted to %s', role), format('revoke all on %I from %s', relname, role)
  from partitions, aclexplode(relacl) a,
    lateral (select case when a.grantee = 0 then 'public' else a.grantee::regrole::text end as role) as roles
  where a.grantee <> relowner
  union all
  select distinct c.relname, format('column %I is granted to %s', k.attname, role),
    format('revoke all (%I) on %I from %s', k.attname, c.relname, role)
  from partitions c join pg_attribute k on k.attrelid = c.oid, aclexplode(k.attacl) a,
    lateral (select case when a.grantee = 0 then 'public' else a.grantee::regrole::text end as role) as roles
  where a.grantee <> c.relowner
  union all
  select c.relname, format('it has a policy of its own, %I', p.polname), format('drop policy %I on %I', p.polname, c.relname)
  from partitions c join pg_policy p on p.polrelid = c.oid
  union all
  select c.relname, format('it has a trigger of its own, %I', t.tgname), format('drop trigger %I on %I', t.tgname, c.relname)
  from partitions c join pg_trigger t on t.tgrelid = c.oid
  where not t.tgisinternal and t.tgparentid = 0
  union all
  select c.relname, format('it has a constraint of its own, %I', k.conname),
    format('alter table %I drop constraint %I', c.relname, k.conname)
  from partitions c join pg_constraint k on k.conrelid = c.oid
  where k.contype in ('p', 'u', 'f', 'c', 'x') and k.conparentid = 0 and k.coninhcount = 0
  union all
  select c.relname, format('it has an index of its own, %I', x.relname), format('drop index %I', x.relname)
  from partitions c join pg_index i on i.indrelid = c.oid join pg_class x on x.oid = i.indexrelid
  where not x.relispartition and not exists (select from pg_constraint k where k.conindid = i.indexrelid)
  order by 1, 2
`
