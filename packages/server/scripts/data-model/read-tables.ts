import { sql } from 'kysely'
import type { Database } from '../../src/db/database.ts'

export interface Column {
  readonly name: string
  readonly type: string
  readonly isNullable: boolean
  readonly isKey: boolean
  readonly comment: string | null
}

export interface Table {
  readonly name: string
  readonly comment: string | null
  readonly columns: readonly Column[]
  /** Tables that its foreign keys name, its own and `organizations` left out. */
  readonly references: readonly string[]
}

/** A function or procedure of the schema, which may read and write tables for whoever calls it. */
export interface StoredFunction {
  readonly name: string
  readonly body: string
}

/** The tables of the migrated schema, from its catalogue; partitions are their parents'. */
export async function readTables(database: Database): Promise<readonly Table[]> {
  const { rows } = await sql<Table>`
    select c.relname as name, obj_description(c.oid) as comment,
      (
        select jsonb_agg(jsonb_build_object(
          'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'isNullable', not a.attnotnull,
          'isKey', exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary and a.attnum = any (i.indkey)),
          'comment', col_description(c.oid, a.attnum)
        ) order by a.attnum)
        from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      ) as columns,
      coalesce((
        select jsonb_agg(distinct f.relname) from pg_constraint k join pg_class f on f.oid = k.confrelid
        where k.conrelid = c.oid and k.contype = 'f' and f.oid <> c.oid and f.relname <> 'organizations'
          and not f.relispartition
      ), '[]') as references
    from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    order by c.relname
  `.execute(database.kysely)
  return rows
}

/** The functions and procedures that the migrations made; those of extensions are left out. */
export async function readFunctions(database: Database): Promise<readonly StoredFunction[]> {
  const { rows } = await sql<StoredFunction>`
    select p.proname as name, pg_get_functiondef(p.oid) as body from pg_proc p
    where p.pronamespace = 'public'::regnamespace and p.prokind in ('f', 'p')
      and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
    order by p.proname
  `.execute(database.kysely)
  return rows
}
