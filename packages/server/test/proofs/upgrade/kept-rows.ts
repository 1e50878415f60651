import type pg from 'pg'
import { identifier } from '../../tenant-catalogue.ts'

interface TableRows {
  readonly columns: readonly string[]
  /** Each value as PostgreSQL writes it. */
  readonly rows: readonly (readonly (string | null)[])[]
}

/** Of the schema itself: what a migration is there to change. */
const own = ['schema_migrations', 'schema_migration_progress', 'partitioned_tables']

/** Every row of the organizations by its table, and of the tables without organizations; past row-level security. */
export async function readRowsOf(
  owner: pg.Client,
  organizations: readonly string[],
): Promise<ReadonlyMap<string, TableRows>> {
  const { rows: tables } = await owner.query<{ name: string; columns: readonly string[] }>(
    `select c.relname as name, array_agg(a.attname::text order by a.attnum) as columns
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
      and c.relname <> all($1)
    group by c.relname order by 1`,
    [own],
  )
  const kept = new Map<string, TableRows>()
  for (const { name, columns } of tables) {
    const owned = name === 'organizations' ? 'id' : columns.includes('organization_id') ? 'organization_id' : undefined
    const { rows } = await owner.query<(string | null)[]>({
      text: `select ${columns.map((column) => `${identifier(column)}::text`).join(', ')} from ${identifier(name)}
        ${owned === undefined ? '' : `where ${owned} = any($1::uuid[])`}`,
      values: owned === undefined ? [] : [organizations],
      rowMode: 'array',
    })
    kept.set(name, { columns, rows })
  }
  return kept
}

/** What is not as it was, a line a table; `goneColumns` are those that have been taken away, as TABLE.COLUMN. */
export function compareRows(
  before: ReadonlyMap<string, TableRows>,
  after: ReadonlyMap<string, TableRows>,
): { readonly findings: readonly string[]; readonly goneColumns: readonly string[]; readonly rows: number } {
  const findings: string[] = []
  const goneColumns: string[] = []
  let rows = 0
  for (const [table, old] of before) {
    const now = after.get(table)
    if (!now) {
      findings.push(`${table} is gone with ${old.rows.length} rows`)
      continue
    }
    const shared = old.columns.filter((column) => now.columns.includes(column))
    goneColumns.push(...old.columns.filter((column) => !shared.includes(column)).map((column) => `${table}.${column}`))
    const there = new Set(textsOf(now, shared))
    const lost = textsOf(old, shared).filter((text) => !there.has(text))
    rows += old.rows.length
    if (lost.length > 0 || now.rows.length !== old.rows.length) {
      findings.push(
        `${table}: of ${old.rows.length} rows ${lost.length} are not as they were, and there are ${now.rows.length}: ${lost[0] ?? ''}`,
      )
    }
  }
  return { findings, goneColumns, rows }
}

const textsOf = ({ columns, rows }: TableRows, shared: readonly string[]): readonly string[] => {
  const places = shared.map((column) => columns.indexOf(column))
  return rows.map((row) => JSON.stringify(places.map((place) => row[place])))
}
