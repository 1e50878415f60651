import { type Database, migrate } from '../../db/index.ts'
import { withEveryOrganization } from '../../db/system.ts'
import { checkBackupFile, readBackupFile, readBackupHeader } from './backup-file.ts'
import { loadBackup, type LoadResult } from './load-backup.ts'
import { assertAbsent } from './map-users.ts'
import { opensCredentials } from './opens-credentials.ts'
import type { BackupHeader, OnProgress } from './parts.ts'
import { assertEmpty, prepareTarget } from './prepare-target.ts'
import { findUnfinished, type Unfinished } from './sql/find-unfinished.ts'
import { listTables } from './sql/list-tables.ts'

export interface RestoreResult extends LoadResult {
  readonly header: BackupHeader
  readonly unfinished: Unfinished
  readonly credentials: 'none' | 'open' | 'locked'
}

/**
 * Checks a backup file to its last byte, and returns what it begins with: before a database is opened, or even made.
 * Throws the errors of `checkBackupFile`.
 */
export async function inspectBackup(path: string, onProgress: OnProgress): Promise<BackupHeader> {
  await checkBackupFile(path, onProgress)
  return readBackupHeader(path)
}

/**
 * Restores a backup file that `inspectBackup` has passed: an installation into an empty database, an organization into an installation where it is
 * absent. The rows come in one transaction, which is committed only once they were read back and are the same. Killed
 * half way, it leaves an empty database and can be repeated. Throws the errors of `prepareTarget`, `loadBackup`, and
 * `backup.organization_exists`.
 */
export async function restoreBackup(
  database: Database,
  {
    path,
    header,
    masterKey,
    onProgress,
  }: {
    readonly path: string
    readonly header: BackupHeader
    readonly masterKey: Uint8Array | undefined
    readonly onProgress: OnProgress
  },
): Promise<RestoreResult> {
  const { scope } = header
  await prepareTarget(database, header)
  const result = await withEveryOrganization(database, async (tx) => {
    if (scope.kind === 'installation') await assertEmpty(tx)
    else await assertAbsent(tx, scope)
    const tables = await listTables(tx)
    const loaded = await loadBackup(tx, { scope, tables, parts: readBackupFile(path), onProgress })
    const unfinished = await findUnfinished(tx, scope)
    return { ...loaded, header, unfinished, credentials: await opensCredentials(tx, { scope, masterKey }) }
  })
  // A backup of an older version is brought to this one only now that it stands.
  await migrate(database)
  return result
}
