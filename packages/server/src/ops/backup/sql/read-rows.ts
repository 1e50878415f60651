import { sql } from '../../../db/index.ts'
import type { EveryTx } from '../../../db/system.ts'
import { type BackupTable, identifier } from '../table.ts'

const cursor = 'backup_rows'
/** How much text a batch should come to. Rows differ by a thousandfold, so the number of rows follows their size. */
const batchBytes = 1_000_000
const mostRows = 2_000

/** A table's rows in the scope of a backup. */
export interface RowsOf {
  readonly table: BackupTable
  readonly condition: string
}

/**
 * A table's rows in batches, through a cursor: memory stays flat whatever the table holds. Each row is one line, the
 * JSON array of its columns' texts, written by PostgreSQL: no value passes through a type of JavaScript's, which would
 * round microseconds and large numbers.
 */
export function readRows(tx: EveryTx, rows: RowsOf): AsyncGenerator<readonly string[]> {
  const texts = rows.table.columns.map(({ name }) => `${identifier(name)}::text`).join(', ')
  return readLines(tx, { ...rows, line: `to_json(array[${texts}])` })
}

/** Likewise for people and other programs: each row is one JSON object, with its columns' names. */
export function readObjects(tx: EveryTx, rows: RowsOf): AsyncGenerator<readonly string[]> {
  const columns = rows.table.columns.map(({ name }) => identifier(name)).join(', ')
  return readLines(tx, { ...rows, line: `(select to_json(named) from (select ${columns}) as named)` })
}

async function* readLines(
  tx: EveryTx,
  { table, condition, line }: RowsOf & { readonly line: string },
): AsyncGenerator<readonly string[]> {
  const name = identifier(table.name)
  await sql
    .raw(`declare ${cursor} no scroll cursor for select ${line}::text as line from ${name} where ${condition}`)
    .execute(tx)
  for (let count = 16; ;) {
    const { rows } = await sql.raw<{ line: string }>(`fetch ${count} from ${cursor}`).execute(tx)
    if (rows.length > 0) yield rows.map((row) => row.line)
    if (rows.length < count) break
    const bytes = rows.reduce((sum, row) => sum + row.line.length, 0)
    count = Math.min(mostRows, count * 4, Math.max(1, Math.round((batchBytes * rows.length) / bytes)))
  }
  // Where reading was given up, the transaction's end closes it.
  await sql.raw(`close ${cursor}`).execute(tx)
}
