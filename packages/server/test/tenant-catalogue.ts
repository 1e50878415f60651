import { newId, type OrganizationId } from '../src/base/ids.ts'
import { type Database, sql } from '../src/db/index.ts'

export interface Column {
  readonly name: string
  readonly type: string
  readonly category: string
  readonly isRequired: boolean
}

export interface TenantTable {
  readonly name: string
  readonly isPartition: boolean
  /** What neonhub_app may do with the whole table. */
  readonly grants: readonly string[]
  readonly columns: readonly Column[]
}

export interface ForeignKey {
  readonly name: string
  readonly child: string
  readonly parent: string
  readonly columns: readonly string[]
  readonly parentColumns: readonly string[]
}

/** A name as SQL. */
export const identifier = (name: string) => `"${name.replaceAll('"', '""')}"`

/** Every table and partition that carries an organization, as the catalogue has it. */
export async function listTenantTables(database: Database): Promise<readonly TenantTable[]> {
  const { rows } = await sql<TenantTable>`
    select c.relname as name, c.relispartition as "isPartition",
      coalesce((
        select jsonb_agg(distinct p.privilege_type)
        from information_schema.role_table_grants p
        where p.table_schema = 'public' and p.table_name = c.relname and p.grantee = 'neonhub_app'
      ), '[]') as grants,
      jsonb_agg(jsonb_build_object(
        'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'category', t.typcategory,
        'isRequired', a.attnotnull and not a.atthasdef and a.attidentity = '' and a.attgenerated = ''
      ) order by a.attnum) as columns
    from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    join pg_type t on t.oid = a.atttypid
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
      and exists (select from pg_attribute o where o.attrelid = c.oid and o.attname = 'organization_id')
    group by c.oid, c.relname, c.relispartition order by c.relname
  `.execute(database.kysely)
  return rows
}

/** Every foreign key between tables; those of partitions are their parents'. */
export async function listForeignKeys(database: Database): Promise<readonly ForeignKey[]> {
  const { rows } = await sql<ForeignKey>`
    select k.conname as name, child.relname as child, parent.relname as parent,
      (select jsonb_agg(a.attname order by u.position) from unnest(k.conkey) with ordinality u (number, position)
        join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.number) as columns,
      (select jsonb_agg(a.attname order by u.position) from unnest(k.confkey) with ordinality u (number, position)
        join pg_attribute a on a.attrelid = k.confrelid and a.attnum = u.number) as "parentColumns"
    from pg_constraint k
    join pg_class child on child.oid = k.conrelid join pg_class parent on parent.oid = k.confrelid
    where k.contype = 'f' and k.conparentid = 0 and child.relnamespace = 'public'::regnamespace
      and not child.relispartition
    order by 1
  `.execute(database.kysely)
  return rows
}

const words: Readonly<Record<string, string>> = { bytea: `'\\x00'::bytea`, jsonb: `'{}'::jsonb` }

/** A value that a column takes, as SQL; its text and its ids are fresh. */
export function sampleValue(
  { name, type, category }: Column,
  { organizationId, makeId = newId }: { readonly organizationId: OrganizationId; readonly makeId?: () => string },
): string {
  if (name === 'organization_id') return `'${organizationId}'`
  if (type === 'uuid') return `'${makeId()}'`
  if (category === 'E') return `enum_first(null::${type})`
  if (category === 'N') return '1'
  if (category === 'D') return 'now()'
  if (category === 'B') return 'true'
  if (category === 'A') return `'{}'::${type}`
  if (/^(half)?vec/.test(type)) return `array_fill(0, array[3])::${type}`
  return words[type] ?? `'${makeId()}'`
}

/** One row in every tenant table that has room for it, past row-level security and foreign keys, as only a superuser can. */
export async function fillTenantTables(
  database: Database,
  {
    tables,
    ...sample
  }: {
    readonly tables: readonly TenantTable[]
    readonly organizationId: OrganizationId
    readonly makeId?: () => string
  },
): Promise<void> {
  for (const table of tables.filter(({ isPartition }) => !isPartition)) {
    const columns = table.columns.filter(({ isRequired }) => isRequired)
    await database.kysely.transaction().execute(async (tx) => {
      await sql`set local session_replication_role = replica`.execute(tx)
      await sql
        .raw(
          `insert into ${identifier(table.name)} (${columns.map(({ name }) => identifier(name)).join(', ')})
           values (${columns.map((column) => sampleValue(column, sample)).join(', ')}) on conflict do nothing`,
        )
        .execute(tx)
    })
  }
}
