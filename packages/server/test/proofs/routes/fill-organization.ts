import type pg from 'pg'
import { newId, type OrganizationId } from '../../../src/base/ids.ts'
import { type ForeignKey, identifier, sampleValue, type TenantTable } from '../../tenant-catalogue.ts'
import { literal, type TextRow } from '../isolation/world.ts'

export interface Catalogue {
  readonly tables: readonly TenantTable[]
  readonly foreignKeys: readonly ForeignKey[]
}

/** One row of an organization in every table, by the table's name. */
export type Rows = ReadonlyMap<string, TextRow>

/** Parents first; tables that name each other come in any order. */
function inOrder({ tables, foreignKeys }: Catalogue): readonly TenantTable[] {
  const byName = new Map(tables.filter(({ isPartition }) => !isPartition).map((table) => [table.name, table]))
  const ordered = new Set<TenantTable>()
  const visit = (table: TenantTable, above: readonly string[]): void => {
    if (ordered.has(table) || above.includes(table.name)) return
    for (const { parent } of foreignKeys.filter(({ child }) => child === table.name)) {
      const other = byName.get(parent)
      if (other) visit(other, [...above, table.name])
    }
    ordered.add(table)
  }
  for (const table of byName.values()) visit(table, [])
  return [...ordered]
}

/**
 * Gives an organization a row in every tenant table of the catalogue, each naming the rows of the others that it must
 * name. `values` are SQL by `table.column`, for what a sample cannot guess. Needs a superuser.
 */
export async function fillOrganization(
  owner: pg.ClientBase,
  {
    catalogue,
    organizationId,
    values,
  }: {
    readonly catalogue: Catalogue
    readonly organizationId: OrganizationId
    readonly values: Readonly<Record<string, string>>
  },
): Promise<Rows> {
  const rows = new Map<string, TextRow>()
  const statements: string[] = []
  const makeId = () => newId()
  for (const table of inOrder(catalogue)) {
    const row = makeRow(table, { catalogue, rows, values, sample: { organizationId, makeId } })
    const names = Object.keys(row)
    statements.push(
      `insert into ${identifier(table.name)} (${names.map(identifier).join(', ')}) values (${names.map((name) => row[name]).join(', ')}) on conflict do nothing`,
    )
    rows.set(table.name, plainRow(row))
  }
  await owner.query(`begin; set local session_replication_role = replica; ${statements.join('; ')}; commit`)
  return rows
}

/** The texts of a row that are written as such. */
const plainRow = (row: Readonly<Record<string, string>>): TextRow =>
  Object.fromEntries(Object.entries(row).map(([name, sql]) => [name, /^'(.*)'(?:::[\w ]+)?$/.exec(sql)?.[1] ?? null]))

interface RowParts {
  readonly catalogue: Catalogue
  readonly rows: Rows
  readonly values: Readonly<Record<string, string>>
  readonly sample: Parameters<typeof sampleValue>[1]
}

/** The columns that a row must have, as SQL. */
function makeRow(table: TenantTable, { catalogue, rows, values, sample }: RowParts): Record<string, string> {
  const row: Record<string, string> = {}
  for (const column of table.columns) {
    const given = values[`${table.name}.${column.name}`]
    if (given !== undefined) row[column.name] = given.replace(':id', row['id'] ?? 'null')
    else if (column.isRequired) row[column.name] = sampleValue(column, sample)
  }
  for (const key of catalogue.foreignKeys.filter(({ child }) => child === table.name)) {
    const parent = rows.get(key.parent)
    if (!parent) continue
    for (const [index, column] of key.columns.entries()) {
      const text = parent[key.parentColumns[index] ?? '']
      if (row[column] !== undefined && typeof text === 'string' && values[`${table.name}.${column}`] === undefined)
        row[column] = literal(table, { column, text })
    }
  }
  return row
}
