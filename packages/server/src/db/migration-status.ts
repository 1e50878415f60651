import { type Kysely, sql } from 'kysely'
import { NeonHubError } from '../base/errors.ts'
import type { Database } from './database.ts'
import { sqlStateOf } from './sql-state.ts'
import { type Migration, readMigrations } from './read-migrations.ts'
import type { DB } from './schema.ts'

export interface AppliedMigration {
  readonly version: number
  readonly name: string
  readonly checksum: string
  readonly appliedAt: Date
}

/** Where a database stands beside the migrations of this version. */
export interface MigrationStatus {
  /** The newest migration that was applied; 0 for a database that has none. */
  readonly version: number
  /** The newest that this version brings. */
  readonly latestVersion: number
  readonly applied: readonly AppliedMigration[]
  readonly pending: readonly Migration[]
  /** Applied, and changed in the folder since. */
  readonly edited: readonly AppliedMigration[]
  /** Applied by a newer version: this one does not know them. */
  readonly unknown: readonly AppliedMigration[]
}

/** Compares what was applied with what this version brings. */
export function compareMigrations(
  applied: readonly AppliedMigration[],
  migrations: readonly Migration[],
): MigrationStatus {
  const known = new Map(migrations.map((migration) => [migration.version, migration]))
  const versions = new Set(applied.map(({ version }) => version))
  return {
    version: applied.at(-1)?.version ?? 0,
    latestVersion: migrations.at(-1)?.version ?? 0,
    applied,
    pending: migrations.filter(({ version }) => !versions.has(version)),
    edited: applied.filter(({ version, checksum }) => {
      const migration = known.get(version)
      return migration !== undefined && migration.checksum !== checksum
    }),
    unknown: applied.filter(({ version }) => !known.has(version)),
  }
}

/** Reads where the database stands, and changes nothing. */
export async function readMigrationStatus(
  database: Database,
  migrations?: readonly Migration[],
): Promise<MigrationStatus> {
  return compareMigrations(await listApplied(database.kysely), migrations ?? (await readMigrations()))
}

/** Every applied migration, oldest first; none in a database that has not been migrated. */
export async function listApplied(kysely: Kysely<DB>): Promise<readonly AppliedMigration[]> {
  // Asked first: `create table if not exists` wants the right to create also where the table is there.
  const { rows: found } = await sql<{ isThere: boolean }>`
    select to_regclass('public.schema_migrations') is not null as "isThere"
  `.execute(kysely)
  if (!found[0]?.isThere) return []
  try {
    const { rows } = await sql<AppliedMigration>`
      select version, name, checksum, applied_at as "appliedAt" from public.schema_migrations order by version
    `.execute(kysely)
    return rows
  } catch (error) {
    if (sqlStateOf(error) !== insufficientPrivilege) throw error
    throw new NeonHubError('db.not_migrator', `The user of DATABASE_URL may not see which migrations stand`, {
      kind: 'forbidden',
      hint: 'Run neonhub db migrate once with the DATABASE_URL of whoever migrated before; from then on every user sees it.',
      cause: error,
    })
  }
}

const insufficientPrivilege = '42501'

/** Throws `db.newer_than_code` or `db.migration_edited` where this version must leave the database alone. */
export function assertKnown({ unknown, edited }: MigrationStatus): void {
  const [later] = unknown
  if (later) {
    throw new NeonHubError('db.newer_than_code', `The database has migration ${later.name}, which this version lacks`, {
      kind: 'conflict',
      hint: 'It was used by a newer NeonHub. Install that version, or name another database or data folder.',
    })
  }
  const [changed] = edited
  if (changed) {
    throw new NeonHubError('db.migration_edited', `Migration ${changed.name} was changed after it had been applied`, {
      kind: 'conflict',
      hint: 'Put the file back as it was and write the change as a new migration.',
    })
  }
}

/** Throws `db.migrations_pending` where the database is older than this version, and the errors of `assertKnown`. */
export function assertCurrent(status: MigrationStatus): void {
  assertKnown(status)
  const [next] = status.pending
  if (!next) return
  throw new NeonHubError('db.migrations_pending', `Migration ${next.name} is not applied to the database yet`, {
    kind: 'conflict',
    hint: 'Run neonhub db migrate first.',
  })
}
