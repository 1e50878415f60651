import { sql } from '../../../db/index.ts'
import type { EveryTx } from '../../../db/system.ts'
import { type BackupTable, identifier } from '../table.ts'

/** Puts lines of `readRows` into a table, each column in the order of `columns`. Partitions are found by their parent. */
export async function insertRows(
  tx: EveryTx,
  { table, lines }: { readonly table: BackupTable; readonly lines: readonly string[] },
): Promise<void> {
  if (lines.length === 0) return
  const names = table.columns.map(({ name }) => identifier(name)).join(', ')
  const values = table.columns.map(({ type }, index) => `(line ->> ${index})::${type}`).join(', ')
  // jsonb, because each access to json would read the whole line again.
  await sql`
    insert into ${sql.raw(identifier(table.name))} (${sql.raw(names)}) overriding system value
    select ${sql.raw(values)} from jsonb_array_elements(${`[${lines.join(',')}]`}::text::jsonb) as line
  `.execute(tx)
}
