import { messageOf, NeonHubError } from '../../base/errors.ts'
import { sql } from '../../db/index.ts'
import type { EveryTx } from '../../db/system.ts'
import { UserMap } from './map-users.ts'
import type { BackupEnd, BackupPart, OnProgress } from './parts.ts'
import { sumTables } from './read-backup.ts'
import { isSameSum, RowSum, type TableSum } from './row-sum.ts'
import { type BackupScope, conditionFor, tablesIn } from './scope.ts'
import { insertRows } from './sql/insert-rows.ts'
import { clearCatalogues, deferReferences, setTriggers } from './sql/prepare-tables.ts'
import { advanceSequences } from './sql/sequences.ts'
import type { BackupTable } from './table.ts'

export interface LoadResult {
  readonly sums: Readonly<Record<string, TableSum>>
  readonly usersMade: number
  /** Users who were there already, to whom the organization's members were pointed. */
  readonly usersKnown: number
}

export interface LoadOptions {
  readonly scope: BackupScope
  readonly tables: readonly BackupTable[]
  readonly parts: AsyncIterable<BackupPart>
  readonly onProgress: OnProgress
}

/**
 * Puts a backup into the transaction and reads it back: what stands is compared with what was taken, table by table, and
 * a difference is thrown, so that what is committed is whole. The target is empty, or lacks the organization.
 * Throws `backup.schema_differs`, `backup.file_damaged`, `backup.rows_refused` and `backup.rows_differ`.
 */
export async function loadBackup(tx: EveryTx, options: LoadOptions): Promise<LoadResult> {
  const { scope, onProgress } = options
  const tables = tablesIn(options.tables, scope)
  if (scope.kind === 'installation') await clearCatalogues(tx, tables)
  await setTriggers(tx, { tables, enabled: false })
  await deferReferences(tx, tables)
  const users = new UserMap()
  const { expected, end } = await loadParts(tx, { ...options, tables, users })
  await refuseClearly('the foreign keys', sql`set constraints all immediate`.execute(tx))
  await setTriggers(tx, { tables, enabled: true })
  await advanceSequences(tx, { tables, counted: scope.kind === 'installation' ? end.sequences : {} })
  const sums = await sumTables(tx, {
    tables,
    conditionOf: (table) => conditionFor(table, scope, { tables, userIds: users.made }),
    onProgress,
  })
  const different = tables.filter(({ name }) => !isSameSum(sums[name], expected[name])).map(({ name }) => name)
  if (different.length > 0) throw differ(different)
  return { sums, usersMade: users.made.length, usersKnown: users.knownCount }
}

/** Returns what every table has to come to, with users mapped. */
async function loadParts(
  tx: EveryTx,
  { scope, tables, parts, users, onProgress }: LoadOptions & { readonly users: UserMap },
): Promise<{ readonly expected: Readonly<Record<string, TableSum>>; readonly end: BackupEnd }> {
  const taken = new Map<string, RowSum>()
  const put = new Map(tables.map(({ name }) => [name, new RowSum()]))
  let table: BackupTable | undefined
  let end: BackupEnd | undefined
  let rows = 0
  for await (const part of parts) {
    switch (part.kind) {
      case 'header':
        break
      case 'table':
        table = findTable(tables, part)
        taken.set(table.name, new RowSum())
        break
      case 'rows': {
        if (!table) throw damaged('rows stand before their table')
        taken.get(table.name)?.add(part.lines)
        const lines =
          scope.kind === 'installation' ? part.lines : await mapLines(tx, { users, table, lines: part.lines })
        await refuseClearly(`rows of ${table.name}`, insertRows(tx, { table, lines }))
        put.get(table.name)?.add(lines)
        rows += lines.length
        onProgress({ stage: 'load', table: table.name, rows })
        break
      }
      case 'end':
        end = part.end
        break
      default:
        part satisfies never
    }
  }
  if (!end) throw damaged('it has no end')
  for (const [name, sum] of taken) if (!isSameSum(sum.sum, end.sums[name])) throw damaged(`${name} is not whole`)
  return { expected: Object.fromEntries([...put].map(([name, sum]) => [name, sum.sum])), end }
}

const mapLines = (
  tx: EveryTx,
  { users, table, lines }: { readonly users: UserMap; readonly table: BackupTable; readonly lines: readonly string[] },
) => (table.belonging === 'users' ? users.takeUsers(tx, table, lines) : users.apply(table, lines))

/** The table of a backup as it is here, with its columns in the backup's order. Only what the catalogue names is written. */
function findTable(
  tables: readonly BackupTable[],
  { name, columns }: { readonly name: string; readonly columns: readonly string[] },
): BackupTable {
  const table = tables.find((candidate) => candidate.name === name)
  const ordered = columns.flatMap((column) => table?.columns.find((candidate) => candidate.name === column) ?? [])
  if (table && ordered.length === columns.length && ordered.length === table.columns.length) {
    return { ...table, columns: ordered }
  }
  throw new NeonHubError('backup.schema_differs', `The table ${name} of the backup is another one here`, {
    kind: 'conflict',
    hint: 'Restore with the version of NeonHub that made the backup; neonhub db drift shows a schema that was changed.',
  })
}

async function refuseClearly(what: string, work: Promise<unknown>): Promise<void> {
  try {
    await work
  } catch (error) {
    const detail = error instanceof Error && 'detail' in error && typeof error.detail === 'string' ? error.detail : ''
    // Only what the database says of the rows; a lost connection tells of itself.
    const state = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
    if (!/^(22|23|42)/.test(state)) throw error
    throw new NeonHubError(
      'backup.rows_refused',
      `The database refuses ${what}: ${messageOf(error)} ${detail}`.trim(),
      {
        kind: 'conflict',
        hint: 'Nothing was written. What is in the way has to be removed first, or restore into another database.',
        cause: error,
      },
    )
  }
}

const damaged = (reason: string) =>
  new NeonHubError('backup.file_damaged', `The backup is damaged: ${reason}`, {
    kind: 'invalid',
    hint: 'Nothing was written. Copy the file again from where it was made, or take an older backup.',
  })

const differ = (tables: readonly string[]) =>
  new NeonHubError('backup.rows_differ', `What was restored is not what was backed up: ${tables.join(', ')}`, {
    kind: 'internal',
    hint: 'Nothing was written. Restore with the version of NeonHub and of PostgreSQL that made the backup.',
  })
