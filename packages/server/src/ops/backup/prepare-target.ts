import { NeonHubError } from '../../base/errors.ts'
import { type Database, migrate, readMigrations, sql } from '../../db/index.ts'
import { type EveryTx, withEveryOrganization, withSystem } from '../../db/system.ts'
import type { BackupHeader } from './parts.ts'
import { listTables } from './sql/list-tables.ts'
import { readState } from './sql/read-state.ts'
import { identifier } from './table.ts'

/**
 * Brings a target to the schema of a backup: an empty database by its migrations, one that has them already by nothing.
 * Makes the partitions of its months. Throws `backup.schema_newer`, `backup.schema_differs`, `backup.not_empty`,
 * `backup.no_installation`.
 */
export async function prepareTarget(target: Database, header: BackupHeader): Promise<void> {
  const known = await readMigrations()
  if (!known.some(({ version }) => version === header.schemaVersion)) {
    throw new NeonHubError('backup.schema_newer', 'The backup was made by a newer version of NeonHub', {
      kind: 'conflict',
      hint: 'Restore it with that version or a newer one.',
    })
  }
  const migrations = known.filter(({ version }) => version <= header.schemaVersion)
  if (migrations.some(({ name, checksum }) => header.migrations[name] !== checksum)) throw differs()
  const state = await readState(target)
  if (state.schemaVersion === 0 && state.tables > 0) throw notEmpty('tables that are not of NeonHub')
  if (state.schemaVersion === 0 && header.scope.kind === 'organization') throw noInstallation()
  if (state.schemaVersion === 0) await migrate(target, { migrations })
  else if (state.schemaVersion !== header.schemaVersion) throw differs()
  await ensureMonths(target, header)
}

async function ensureMonths(target: Database, { months }: BackupHeader): Promise<void> {
  if (!months) return
  await withSystem(target, (tx) =>
    sql`
      select ensure_partitions(${months.first}::date, (
        extract(year from age(${months.last}::date, ${months.first}::date)) * 12
        + extract(month from age(${months.last}::date, ${months.first}::date))
      )::integer)
    `.execute(tx),
  )
}

/**
 * Refuses a target that holds somebody's rows. Locks it against whoever would put some there meanwhile: another restore,
 * or a server that starts on it. Call it first in the transaction, before anything takes its snapshot.
 */
export async function assertEmpty(tx: EveryTx): Promise<void> {
  await sql`lock table organizations, users in share row exclusive mode`.execute(tx)
  for (const { name, belonging } of await listTables(tx)) {
    // The installation's own tables hold what migrations put there.
    if (belonging === 'installation' && !holdsPeople.has(name)) continue
    const { rows } = await sql.raw(`select 1 from ${identifier(name)} limit 1`).execute(tx)
    if (rows.length > 0) throw notEmpty(`rows in ${name}`)
  }
}

const holdsPeople = new Set(['sessions', 'verification_tokens'])

/** Whether a database of NeonHub has nobody's rows; `withEveryOrganization` for `assertEmpty`. */
export async function isEmpty(target: Database): Promise<boolean> {
  try {
    await withEveryOrganization(target, assertEmpty)
    return true
  } catch (error) {
    if (error instanceof NeonHubError && error.code === 'backup.not_empty') return false
    throw error
  }
}

const notEmpty = (what: string) =>
  new NeonHubError('backup.not_empty', `The database is not empty: it has ${what}`, {
    kind: 'conflict',
    hint: 'Restore into a new database or a new data folder; nothing was changed in this one.',
  })

const noInstallation = () =>
  new NeonHubError('backup.no_installation', 'The backup is of one organization, and here is no installation', {
    kind: 'conflict',
    hint: 'It comes into an installation that is there: start NeonHub on this database once, then restore it.',
  })

const differs = () =>
  new NeonHubError('backup.schema_differs', 'The database and the backup are not of the same version', {
    kind: 'conflict',
    hint: 'An installation is restored into a new, empty database, and brought to this version there. An organization is restored by the version that made its backup: bring both installations to one version, and make the backup again.',
  })
