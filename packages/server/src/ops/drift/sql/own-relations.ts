import { sql } from '../../../db/index.ts'

/**
 * Relations of the schema `public` that neither an extension nor a partitioned table brought, without what a migration
 * that is under way remembers.
 */
export const ownRelations = sql`(
  select c.* from pg_class c
  where c.relnamespace = 'public'::regnamespace and not c.relispartition
    and c.relname not in ('schema_migration_progress', 'schema_migration_progress_pkey')
    and not exists (
      select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'
    )
)`

/** Functions and procedures of the schema `public` that no extension brought. */
export const ownFunctions = sql`(
  select p.* from pg_proc p
  where p.pronamespace = 'public'::regnamespace and p.prokind in ('f', 'p')
    and not exists (
      select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e'
    )
)`

/** Enum types of the schema `public` that no extension brought. */
export const ownEnums = sql`(
  select t.* from pg_type t
  where t.typnamespace = 'public'::regnamespace and t.typtype = 'e'
    and not exists (
      select from pg_depend d where d.classid = 'pg_type'::regclass and d.objid = t.oid and d.deptype = 'e'
    )
)`
