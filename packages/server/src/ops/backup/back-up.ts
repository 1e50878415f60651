import { NeonHubError } from '../../base/errors.ts'
import type { OrganizationId } from '../../base/ids.ts'
import { type Database, sql } from '../../db/index.ts'
import { type EveryTx, withEveryOrganization, withSystem } from '../../db/system.ts'
import { findOrganization } from '../find-organization.ts'
import { writeBackupFile } from './backup-file.ts'
import type { BackupHeader, BackupPart, OnProgress } from './parts.ts'
import { readBackup } from './read-backup.ts'
import type { TableSum } from './row-sum.ts'
import type { BackupScope } from './scope.ts'
import { readState } from './sql/read-state.ts'

export interface BackupResult {
  readonly header: BackupHeader
  readonly sums: Readonly<Record<string, TableSum>>
  readonly bytes: number
  readonly sha256: string
}

/** The first version whose tables let a backup in. */
const firstVersion = 12

/**
 * Writes everything, or one organization by its short name, to a file, as it is at one instant. Throws
 * `ops.organization_unknown`, `backup.schema_too_old` and the errors of `writeBackupFile`.
 */
export async function backUp(
  database: Database,
  options: {
    readonly path: string
    readonly organization: string | undefined
    readonly replaces: boolean
    readonly onProgress: OnProgress
  },
): Promise<BackupResult> {
  const { path, organization, replaces, onProgress } = options
  await assertReadable(database)
  const organizationId =
    organization === undefined ? undefined : await withSystem(database, (tx) => findOrganization(tx, organization))
  return withEveryOrganization(database, async (tx) => {
    const scope: BackupScope =
      organizationId === undefined ? { kind: 'installation' } : await findScope(tx, organizationId)
    let header: BackupHeader | undefined
    let sums: Readonly<Record<string, TableSum>> = {}
    async function* watched(): AsyncGenerator<BackupPart> {
      for await (const part of readBackup(tx, { scope, onProgress })) {
        if (part.kind === 'header') header = part.header
        if (part.kind === 'end') sums = part.end.sums
        yield part
      }
    }
    const file = await writeBackupFile(path, { parts: watched(), replaces })
    if (!header) throw new NeonHubError('backup.no_header', 'The backup has no header', { kind: 'internal' })
    return { header, sums, ...file }
  })
}

/** Refuses a database that has no tables, or whose tables are from before backups. */
export async function assertReadable(database: Database): Promise<void> {
  const { schemaVersion } = await readState(database)
  if (schemaVersion >= firstVersion) return
  throw new NeonHubError('backup.schema_too_old', 'The database has not been brought to this version yet', {
    kind: 'conflict',
    hint: 'Bring it up to date with neonhub db migrate (or start this version once), then try again.',
  })
}

/** The scope of one organization. */
export async function findScope(
  tx: EveryTx,
  id: OrganizationId,
): Promise<Extract<BackupScope, { readonly kind: 'organization' }>> {
  const { rows } = await sql<{ slug: string; name: string }>`
    select slug, name from organizations where id = ${id}
  `.execute(tx)
  return { kind: 'organization', id, slug: rows[0]?.slug ?? '', name: rows[0]?.name ?? '' }
}
