import type { EveryTx } from '../../db/system.ts'
import type { BackupPart, OnProgress } from './parts.ts'
import { RowSum, type TableSum } from './row-sum.ts'
import { type BackupScope, conditionFor, tablesIn } from './scope.ts'
import { listTables } from './sql/list-tables.ts'
import { readHeader } from './sql/read-header.ts'
import { readRows } from './sql/read-rows.ts'
import { readSequences } from './sql/sequences.ts'
import type { BackupTable } from './table.ts'

/** A database's rows as a backup, all on the one snapshot of the transaction. */
export async function* readBackup(
  tx: EveryTx,
  { scope, onProgress }: { readonly scope: BackupScope; readonly onProgress: OnProgress },
): AsyncGenerator<BackupPart> {
  const tables = await listTables(tx)
  const taken = tablesIn(tables, scope)
  yield { kind: 'header', header: await readHeader(tx, scope) }
  const sums: Record<string, TableSum> = {}
  let rows = 0
  for (const table of taken) {
    yield { kind: 'table', name: table.name, columns: table.columns.map(({ name }) => name) }
    const sum = new RowSum()
    for await (const lines of readRows(tx, { table, condition: conditionFor(table, scope, { tables }) })) {
      sum.add(lines)
      rows += lines.length
      onProgress({ stage: 'write', table: table.name, rows })
      yield { kind: 'rows', lines }
    }
    sums[table.name] = sum.sum
  }
  yield { kind: 'end', end: { sums, sequences: await readSequences(tx, taken) } }
}

/** What each table comes to now, as `readBackup` would add it up. */
export async function sumTables(
  tx: EveryTx,
  {
    tables,
    conditionOf,
    onProgress,
  }: {
    readonly tables: readonly BackupTable[]
    readonly conditionOf: (table: BackupTable) => string
    readonly onProgress: OnProgress
  },
): Promise<Readonly<Record<string, TableSum>>> {
  const sums: Record<string, TableSum> = {}
  let rows = 0
  for (const table of tables) {
    const sum = new RowSum()
    for await (const lines of readRows(tx, { table, condition: conditionOf(table) })) {
      sum.add(lines)
      rows += lines.length
      onProgress({ stage: 'verify', table: table.name, rows })
    }
    sums[table.name] = sum.sum
  }
  return sums
}
