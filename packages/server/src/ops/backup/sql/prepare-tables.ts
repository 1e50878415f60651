import { sql } from '../../../db/index.ts'
import type { EveryTx } from '../../../db/system.ts'
import { type BackupTable, identifier } from '../table.ts'

/** Takes away what migrations put into the installation's own tables: the backup has those rows too. */
export async function clearCatalogues(tx: EveryTx, tables: readonly BackupTable[]): Promise<void> {
  for (const { name, belonging } of tables.toReversed()) {
    if (belonging === 'installation') await sql.raw(`delete from ${identifier(name)}`).execute(tx)
  }
}

/** A restored row is the row that was taken: no trigger changes it on its way in. */
export async function setTriggers(
  tx: EveryTx,
  { tables, enabled }: { readonly tables: readonly BackupTable[]; readonly enabled: boolean },
): Promise<void> {
  for (const { name, hasTriggers } of tables) {
    if (!hasTriggers) continue
    await sql.raw(`alter table ${identifier(name)} ${enabled ? 'enable' : 'disable'} trigger user`).execute(tx)
  }
}

/** References that rows may come before: they are looked at when all rows are there. */
export async function deferReferences(tx: EveryTx, tables: readonly BackupTable[]): Promise<void> {
  const names = tables.flatMap(({ references }) => references.filter(({ isDeferrable }) => isDeferrable))
  if (names.length === 0) return
  await sql.raw(`set constraints ${names.map(({ name }) => identifier(name)).join(', ')} deferred`).execute(tx)
}
