import type pg from 'pg'
import type { OrganizationId } from '../../../src/base/ids.ts'
import { type ForeignKey, identifier, type TenantTable } from '../../tenant-catalogue.ts'

/** A row with each value as PostgreSQL writes it. */
export type TextRow = Readonly<Record<string, string | null>>

export interface UniqueKey {
  readonly name: string
  readonly table: string
  readonly columns: readonly string[]
}

/** What the probes are made from: two filled organizations, an empty one, and the catalogue. */
export interface World {
  readonly mine: OrganizationId
  readonly theirs: OrganizationId
  /** Has no row at all: whatever is seen in it is another's. */
  readonly empty: OrganizationId
  readonly tables: readonly TenantTable[]
  readonly foreignKeys: readonly ForeignKey[]
  readonly uniqueKeys: readonly UniqueKey[]
  readonly mineRows: ReadonlyMap<string, TextRow>
  readonly theirRows: ReadonlyMap<string, TextRow>
}

/** One row of an organization in each table and partition that has one, read past row-level security. */
export async function readRows(
  owner: pg.Client,
  { tables, organizationId }: { readonly tables: readonly TenantTable[]; readonly organizationId: OrganizationId },
): Promise<ReadonlyMap<string, TextRow>> {
  const found = new Map<string, TextRow>()
  for (const { name, columns } of tables) {
    const texts = columns.map((column) => `${identifier(column.name)}::text`).join(', ')
    const { rows } = await owner.query<TextRow>(
      `select ${texts} from ${identifier(name)} where organization_id = $1 limit 1`,
      [organizationId],
    )
    if (rows[0]) found.set(name, rows[0])
  }
  return found
}

/** The unique indexes of tenant tables. */
export async function listUniqueKeys(owner: pg.Client): Promise<readonly UniqueKey[]> {
  const { rows } = await owner.query<UniqueKey>(`
    select i.indexrelid::regclass::text as name, c.relname as table,
      (select json_agg(a.attname order by k.position)
        from unnest(i.indkey) with ordinality k (number, position)
        join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number) as columns
    from pg_index i join pg_class c on c.oid = i.indrelid
    where i.indisunique and i.indexprs is null and i.indpred is null and not c.relispartition
      and c.relnamespace = 'public'::regnamespace
      and exists (select from pg_attribute o where o.attrelid = c.oid and o.attname = 'organization_id')
    order by 1
  `)
  return rows
}

/** The md5 of every row that an organization has, table by table. */
export async function fingerprint(
  owner: pg.Client,
  { tables, organizationId }: { readonly tables: readonly TenantTable[]; readonly organizationId: OrganizationId },
): Promise<string> {
  const parts = tables
    .filter(({ isPartition }) => !isPartition)
    .map(
      ({ name }) =>
        `select '${name}' as name, md5(string_agg(t::text, '|' order by t::text)) as hash from ${identifier(name)} t where organization_id = '${organizationId}'`,
    )
  const { rows } = await owner.query<{ hash: string }>(
    `select md5(string_agg(name || coalesce(hash, ''), '|' order by name)) as hash from (${parts.join(' union all ')}) as all_tables`,
  )
  return rows[0]?.hash ?? ''
}

/** A text as SQL of a column's type. */
export function literal(table: TenantTable, { column, text }: { column: string; text: string | null }): string {
  const type = table.columns.find(({ name }) => name === column)?.type ?? 'text'
  return text === null ? `null::${type}` : `'${text.replaceAll("'", "''")}'::${type}`
}
