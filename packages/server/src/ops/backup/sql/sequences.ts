import { sql } from '../../../db/index.ts'
import type { EveryTx } from '../../../db/system.ts'
import { type BackupTable, identifier } from '../table.ts'

const keyOf = (table: BackupTable, column: string) => `${table.name}.${column}`

/** How far each sequence has counted, by `table.column`; one that was never asked is left out. */
export async function readSequences(
  tx: EveryTx,
  tables: readonly BackupTable[],
): Promise<Readonly<Record<string, number>>> {
  const counted: Record<string, number> = {}
  for (const table of tables) {
    for (const { column, sequence } of table.sequences) {
      const { rows } = await sql
        .raw<{ last: number }>(`select last_value as last from ${sequence} where is_called`)
        .execute(tx)
      if (rows[0]) counted[keyOf(table, column)] = rows[0].last
    }
  }
  return counted
}

/** Moves each sequence past what was put in, and past what it had counted before. It never goes back. */
export async function advanceSequences(
  tx: EveryTx,
  { tables, counted }: { readonly tables: readonly BackupTable[]; readonly counted: Readonly<Record<string, number>> },
): Promise<void> {
  for (const table of tables) {
    for (const { column, sequence } of table.sequences) {
      await sql`
        select setval(${sequence}::regclass, target)
        from (
          select greatest(
            (select max(${sql.raw(identifier(column))}) from ${sql.raw(identifier(table.name))}),
            (select last_value from ${sql.raw(sequence)} where is_called),
            ${counted[keyOf(table, column)] ?? null}::bigint
          ) as target
        ) as aim
        where target is not null
      `.execute(tx)
    }
  }
}
