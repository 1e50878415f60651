import { NeonHubError } from '../../base/errors.ts'
import { asId } from '../../base/ids.ts'
import { type Database, sql } from '../../db/index.ts'
import { type EveryTx, withEveryOrganization } from '../../db/system.ts'
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
 * `backup.organization_unknown`, `backup.schema_too_old` and the errors of `writeBackupFile`.
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
  return withEveryOrganization(database, async (tx) => {
    const scope: BackupScope = organization === undefined ? { kind: 'installation' } : await findScope(tx, organization)
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

/** Finds an organization by its short name, or by its id. Throws `backup.organization_unknown` and names those there are. */
export async function findScope(
  tx: EveryTx,
  slug: string,
): Promise<Extract<BackupScope, { readonly kind: 'organization' }>> {
  const { rows } = await sql<{ id: string; slug: string; name: string }>`
    select id, slug, name from organizations order by slug
  `.execute(tx)
  const found = rows.find((row) => row.slug.toLowerCase() === slug.toLowerCase() || row.id === slug)
  if (found) return { kind: 'organization', id: asId(found.id), slug: found.slug, name: found.name }
  const some = rows.slice(0, 20).map((row) => row.slug)
  throw new NeonHubError('backup.organization_unknown', `There is no organization "${slug}"`, {
    kind: 'not_found',
    hint: rows.length === 0 ? 'The installation has none yet.' : `There are: ${some.join(', ')}.`,
  })
}
