import { createHash } from 'node:crypto'
import { mkdir, open, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pid } from 'node:process'
import { messageOf, NeonHubError } from '../../base/errors.ts'
import type { Database } from '../../db/index.ts'
import { type EveryTx, withEveryOrganization, withSystem } from '../../db/system.ts'
import { findOrganization } from '../find-organization.ts'
import { assertReadable, findScope } from './back-up.ts'
import type { OnProgress } from './parts.ts'
import { conditionFor } from './scope.ts'
import { listTables } from './sql/list-tables.ts'
import { readObjects } from './sql/read-rows.ts'
import type { BackupTable } from './table.ts'

/** Of one file: how many lines, and its SHA-256. */
export interface ExportedTable {
  readonly file: string
  readonly rows: number
  readonly sha256: string
  readonly columns: readonly string[]
}

export interface ExportResult {
  readonly organization: { readonly id: string; readonly slug: string; readonly name: string }
  readonly tables: Readonly<Record<string, ExportedTable>>
}

/** Ways to sign in, and keys: of no use to whoever reads an export, and of some to whoever steals it. */
const secretTables = new Set(['credentials', 'accounts', 'two_factors', 'webhook_secrets'])
const secretColumns: Readonly<Record<string, readonly string[]>> = { api_keys: ['hash'] }

/**
 * Writes one organization's rows for people and for other programs: a folder with a file of JSON lines for each table
 * that has rows, and `manifest.json`. It holds no secrets, and cannot be restored. The folder appears once it is whole.
 * Throws `ops.organization_unknown` and `export.folder_taken`, `export.folder_unwritable`.
 */
export async function exportOrganization(
  database: Database,
  { slug, folder, onProgress }: { readonly slug: string; readonly folder: string; readonly onProgress: OnProgress },
): Promise<ExportResult> {
  await assertReadable(database)
  const organizationId = await withSystem(database, (tx) => findOrganization(tx, slug))
  await assertFree(folder)
  const partial = `${folder}.${pid}.partial`
  await mkdir(partial, { mode: 0o700 }).catch((error: unknown) => {
    throw unwritable(folder, error)
  })
  try {
    const result = await withEveryOrganization(database, async (tx) => {
      const scope = await findScope(tx, organizationId)
      const tables = await listTables(tx)
      const written: Record<string, ExportedTable> = {}
      for (const table of tables.filter(isExported)) {
        const condition = conditionFor(table, scope, { tables })
        const file = await writeTable(tx, { table: withoutSecrets(table), condition, folder: partial, onProgress })
        if (file) written[table.name] = file
      }
      const { id, name } = scope
      return { organization: { id, slug: scope.slug, name }, tables: written }
    })
    const manifest = { ...result, exportedAt: new Date().toISOString() }
    await writeFile(join(partial, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 })
    await rename(partial, folder)
    return result
  } catch (error) {
    await rm(partial, { recursive: true, force: true })
    throw error instanceof Error && 'syscall' in error && 'path' in error ? unwritable(folder, error) : error
  }
}

const isExported = ({ name, belonging }: BackupTable) => belonging !== 'installation' && !secretTables.has(name)

/** A table without its columns of secrets. */
export const withoutSecrets = (table: BackupTable): BackupTable => ({
  ...table,
  columns: table.columns.filter(({ name }) => !(secretColumns[table.name] ?? []).includes(name)),
})

async function writeTable(
  tx: EveryTx,
  {
    table,
    condition,
    folder,
    onProgress,
  }: {
    readonly table: BackupTable
    readonly condition: string
    readonly folder: string
    readonly onProgress: OnProgress
  },
): Promise<ExportedTable | undefined> {
  const name = `${table.name}.jsonl`
  const hash = createHash('sha256')
  let rows = 0
  const file = await open(join(folder, name), 'wx', 0o600)
  try {
    for await (const lines of readObjects(tx, { table, condition })) {
      const text = `${lines.join('\n')}\n`
      hash.update(text)
      await file.writeFile(text)
      rows += lines.length
      onProgress({ stage: 'export', table: table.name, rows })
    }
    await file.sync()
  } finally {
    await file.close()
  }
  if (rows > 0)
    return { file: name, rows, sha256: hash.digest('hex'), columns: table.columns.map((column) => column.name) }
  await rm(join(folder, name))
  return undefined
}

/** A folder that is there must be empty: `rename` puts the whole one in its place. */
async function assertFree(folder: string): Promise<void> {
  let names: readonly string[]
  try {
    names = await readdir(folder)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return
    throw unwritable(folder, error)
  }
  if (names.length === 0) return
  throw new NeonHubError('export.folder_taken', `The folder ${folder} is not empty`, {
    kind: 'conflict',
    hint: 'Name another folder in --out, or empty that one.',
  })
}

const unwritable = (folder: string, cause: unknown) =>
  new NeonHubError('export.folder_unwritable', `The folder ${folder} cannot be written: ${messageOf(cause)}`, {
    kind: 'unavailable',
    hint: 'Name a folder in --out that this user may make, on a disk with room. Nothing was left there.',
    cause,
  })
