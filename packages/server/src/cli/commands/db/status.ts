import pc from 'picocolors'
import type { Config } from '../../../base/config.ts'
import { compareMigrations, type MigrationStatus, readMigrations, readMigrationStatus, sql } from '../../../db/index.ts'
import { formatTable } from '../../print/format.ts'
import type { Terminal } from '../../terminal.ts'
import { hasDatabase, placeOf, withDatabase } from '../../with-database.ts'

interface Standing {
  readonly status: MigrationStatus
  /** The server's own version; undefined where there is no database yet. */
  readonly server: string | undefined
}

/** Shows which migrations stand, and makes nothing. False where something is pending or does not fit. */
export async function showStatus(config: Config, terminal: Terminal): Promise<boolean> {
  const { status, server } = (await hasDatabase(config)) ? await look(config) : await absent()
  const { version, latestVersion, applied, pending, edited, unknown } = status
  const isCurrent = pending.length + edited.length + unknown.length === 0
  if (terminal.isJson) {
    const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name)
    const lists = { applied: names(applied), pending: names(pending), edited: names(edited), unknown: names(unknown) }
    terminal.print(
      JSON.stringify({ place: placeOf(config), server: server ?? null, version, latestVersion, isCurrent, ...lists }),
    )
    return isCurrent
  }
  terminal.print(
    `${pc.bold(placeOf(config))}  ${pc.dim(server === undefined ? 'no database yet' : `PostgreSQL ${server}`)}`,
  )
  terminal.print(`Version ${version}; this NeonHub brings ${latestVersion}.`)
  const states = new Map<string, string>([
    ...pending.map(({ name }) => [name, pc.yellow('pending')] as const),
    ...edited.map(({ name }) => [name, pc.red('edited since')] as const),
    ...unknown.map(({ name }) => [name, pc.red('of a newer version')] as const),
  ])
  const rows = [...applied, ...pending]
    .toSorted((one, other) => one.version - other.version)
    .map((row) => [
      row.name,
      states.get(row.name) ?? pc.green('applied'),
      'appliedAt' in row ? pc.dim(row.appliedAt.toISOString()) : '',
    ])
  terminal.print(formatTable(rows))
  terminal.print(verdictOf(status))
  return isCurrent
}

const look = (config: Config): Promise<Standing> =>
  withDatabase(config, { makes: false }, async (database) => {
    const { rows } = await sql<{ server: string }>`
      select current_setting('server_version') as server
    `.execute(database.kysely)
    return { status: await readMigrationStatus(database), server: rows[0]?.server ?? '' }
  })

const absent = async (): Promise<Standing> => ({
  status: compareMigrations([], await readMigrations()),
  server: undefined,
})

function verdictOf({ pending, edited, unknown }: MigrationStatus): string {
  if (unknown.length > 0) return 'The database is newer than this NeonHub. Install the version that migrated it.'
  if (edited.length > 0) return 'A migration was changed after it had been applied. Put the file back as it was.'
  if (pending.length > 0) return `${pending.length} pending. Run neonhub db migrate.`
  return 'Nothing is pending.'
}
