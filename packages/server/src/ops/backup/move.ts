import { NeonHubError } from '../../base/errors.ts'
import { type Database, migrate } from '../../db/index.ts'
import { withEveryOrganization } from '../../db/system.ts'
import { assertReadable } from './back-up.ts'
import { loadBackup } from './load-backup.ts'
import type { OnProgress } from './parts.ts'
import { assertEmpty, isEmpty, prepareTarget } from './prepare-target.ts'
import { readBackup, sumTables } from './read-backup.ts'
import { isSameSum, type TableSum } from './row-sum.ts'
import { findUnfinished, type Unfinished } from './sql/find-unfinished.ts'
import { holdSource } from './sql/hold-source.ts'
import { listTables } from './sql/list-tables.ts'
import { readHeader } from './sql/read-header.ts'

export interface MoveResult {
  readonly sums: Readonly<Record<string, TableSum>>
  readonly unfinished: Unfinished
  /** `already` where an earlier move had brought everything over: the two were compared and are the same. */
  readonly outcome: 'moved' | 'already'
}

const scope = { kind: 'installation' } as const

/**
 * Copies everything from one database to another, empty one, and compares both row for row before the copy stands. The
 * source is held meanwhile: by its folder's lock, or on a server by locks that let nobody write. The rows come in one
 * transaction, so a move that was killed has left an empty target, or a whole one: run it again and it does the rest.
 * Throws `move.source_in_use`, `move.target_not_empty` and the errors of `prepareTarget` and `loadBackup`.
 */
export async function moveDatabase(
  source: Database,
  target: Database,
  { onProgress }: { readonly onProgress: OnProgress },
): Promise<MoveResult> {
  await assertReadable(source)
  const tableNames = (await withEveryOrganization(source, listTables)).map(({ name }) => name)
  const result = await withEveryOrganization(source, async (from) => {
    if (source.mode === 'server') await holdSource(from, tableNames)
    const header = await readHeader(from, scope)
    await prepareTarget(target, header)
    const unfinished = await findUnfinished(from, scope)
    if (!(await isEmpty(target))) {
      const tables = await listTables(from)
      const options = { tables, conditionOf: () => 'true', onProgress }
      const sums = await sumTables(from, options)
      const there = await withEveryOrganization(target, (to) => sumTables(to, options))
      if (!tables.every(({ name }) => isSameSum(sums[name], there[name]))) throw targetNotEmpty()
      return { sums, unfinished, outcome: 'already' } as const
    }
    const loaded = await withEveryOrganization(target, async (to) => {
      await assertEmpty(to)
      const tables = await listTables(to)
      return loadBackup(to, { scope, tables, parts: readBackup(from, { scope, onProgress: () => {} }), onProgress })
    })
    return { sums: loaded.sums, unfinished, outcome: 'moved' } as const
  })
  await migrate(target)
  return result
}

const targetNotEmpty = () =>
  new NeonHubError('move.target_not_empty', 'The target holds other rows than the source', {
    kind: 'conflict',
    hint: 'Name a new, empty database in --to. Nothing was changed in either.',
  })
