import { readdir, readFile } from 'node:fs/promises'
import { CompiledQuery, type Kysely, sql } from 'kysely'
import { sha256 } from '../base/json.ts'
import { messageOf, NeonHubError } from '../base/errors.ts'
import type { Database } from './database.ts'
import type { DB } from './schema.ts'

const folder = new URL('../../migrations/', import.meta.url)
const fileName = /^(\d{4})_([a-z0-9_]+)\.sql$/

interface Migration {
  readonly version: number
  readonly name: string
  readonly checksum: string
  readonly text: string
}

interface AppliedMigration {
  readonly version: number
  readonly name: string
  readonly checksum: string
}

export interface MigrateResult {
  /** Names of the migrations that this call applied, in order. */
  readonly applied: readonly string[]
  /** Version that the database stands at. */
  readonly version: number
}

// Any number will do, as long as every migrator takes the same one.
const lockKey = 7_310_000

/**
 * Brings the database to the newest version: forward only, each file in a transaction of its own under a lock that a
 * second migrator waits for. Throws `db.migration_edited`, `db.newer_than_code`, `db.extension_missing`,
 * `db.migration_failed`; what was applied before stays applied.
 */
export async function migrate(database: Database): Promise<MigrateResult> {
  const migrations = await readMigrations()
  const { kysely } = database
  await kysely.executeQuery(
    CompiledQuery.raw(`create table if not exists schema_migrations (
      version integer primary key, name text not null, checksum text not null, applied_at timestamptz not null default now()
    )`),
  )
  assertKnown(await listApplied(kysely), migrations)
  const applied: string[] = []
  for (const migration of migrations) if (await applyOne(kysely, migration)) applied.push(migration.name)
  await ensurePartitions(kysely)
  return { applied, version: migrations.at(-1)?.version ?? 0 }
}

async function readMigrations(): Promise<readonly Migration[]> {
  const names = (await readdir(folder)).filter((name) => fileName.test(name)).toSorted()
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(new URL(name, folder), 'utf8')
      return { version: Number(name.slice(0, 4)), name, checksum: sha256(text), text }
    }),
  )
}

async function listApplied(kysely: Kysely<DB>): Promise<readonly AppliedMigration[]> {
  const result = await sql<AppliedMigration>`
    select version, name, checksum from schema_migrations order by version
  `.execute(kysely)
  return result.rows
}

function assertKnown(applied: readonly AppliedMigration[], migrations: readonly Migration[]): void {
  for (const row of applied) {
    const known = migrations.find((migration) => migration.version === row.version)
    if (!known) {
      throw new NeonHubError('db.newer_than_code', `The database has migration ${row.name}, which this version lacks`, {
        kind: 'conflict',
        hint: 'It was used by a newer NeonHub. Install that version, or name another database or data folder.',
      })
    }
    if (known.checksum !== row.checksum) {
      throw new NeonHubError('db.migration_edited', `Migration ${row.name} was changed after it had been applied`, {
        kind: 'conflict',
        hint: 'Put the file back as it was and write the change as a new migration.',
      })
    }
  }
}

/** Applies a migration unless it stands already; the lock and the look are in the same transaction as the change. */
async function applyOne(kysely: Kysely<DB>, migration: Migration): Promise<boolean> {
  return kysely.connection().execute(async (connection) => {
    await connection.executeQuery(CompiledQuery.raw(`begin; select pg_advisory_xact_lock(${lockKey})`))
    try {
      const isApplied = (await listApplied(connection)).some((row) => row.version === migration.version)
      if (!isApplied) {
        await connection.executeQuery(CompiledQuery.raw(migration.text))
        await sql`reset role`.execute(connection)
        await sql`
          insert into schema_migrations (version, name, checksum)
          values (${migration.version}, ${migration.name}, ${migration.checksum})
        `.execute(connection)
      }
      await connection.executeQuery(CompiledQuery.raw('commit'))
      return !isApplied
    } catch (error) {
      await connection.executeQuery(CompiledQuery.raw('rollback'))
      throw explain(migration, error)
    }
  })
}

const codeOf = (error: unknown) =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : ''

/** PostgreSQL's error codes: https://www.postgresql.org/docs/current/errcodes-appendix.html */
function explain(migration: Migration, error: unknown): NeonHubError {
  const code = codeOf(error)
  const message = messageOf(error)
  if ((code === '0A000' || code === '58P01') && message.includes('extension')) {
    return new NeonHubError('db.extension_missing', `The server lacks an extension: ${message}`, {
      kind: 'unavailable',
      hint: 'Install pgvector (Debian: postgresql-17-pgvector) and the contrib modules on the database server.',
      cause: error,
    })
  }
  const hint =
    code === '42501'
      ? 'The user of DATABASE_URL may not do this. Migrate once as a user who may create extensions and roles.'
      : 'Nothing of this migration was kept; those before it were.'
  return new NeonHubError('db.migration_failed', `Migration ${migration.name} failed: ${message}`, {
    kind: 'unavailable',
    hint,
    cause: error,
  })
}

const monthsAhead = 3

/** Makes the journal's partitions from last month to three months ahead. */
async function ensurePartitions(kysely: Kysely<DB>): Promise<void> {
  await sql`select ensure_partitions((now() - interval '1 month')::date, ${monthsAhead + 1})`.execute(kysely)
}
