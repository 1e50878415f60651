import { CompiledQuery, type Kysely, sql } from 'kysely'
import { NeonHubError } from '../base/errors.ts'
import type { Database } from './database.ts'
import { sqlStateOf } from './sql-state.ts'
import type { MigrationLimits } from './migrate.ts'
import type { Migration } from './read-migrations.ts'
import type { DB } from './schema.ts'
import { splitStatements, stripComments } from './split-statements.ts'
import { blocked, waitForLock } from './wait-for-lock.ts'

interface OnlineParts {
  /** Holds the migrators' lock in an open transaction. On the embedded database it is the one session that there is. */
  readonly lockConnection: Kysely<DB>
  readonly kysely: Kysely<DB>
  readonly mode: Database['mode']
}

/** How far a migration without a transaction has come, so that a killed one goes on where it ended. There only meanwhile. */
export const progressTable = `create table if not exists schema_migration_progress (
  version integer primary key, checksum text not null, finished_statements integer not null
)`

const concurrentIndex =
  /^create\s+(?:unique\s+)?index\s+concurrently\s+(?:if\s+not\s+exists\s+)?("(?:[^"]|"")+"|\w+)\s+on\b/i
const concurrently = /\bconcurrently\b/i
const validates = /\bvalidate\s+constraint\b/i

/**
 * Applies a migration that declares `-- transaction: none`: statement by statement as `neonhub_migrate`, each recorded
 * together with what it did. A statement with `concurrently` cannot be recorded so: its index is looked at instead, and
 * an invalid one that a killed migrator left behind is dropped and built again.
 */
export async function applyOnline(
  { lockConnection, kysely, mode }: OnlineParts,
  migration: Migration,
  limits: MigrationLimits,
): Promise<void> {
  const statements = splitStatements(migration.text)
  if (mode === 'embedded') {
    // The one session is this transaction's, and nobody else is there to be locked out.
    for (const statement of statements) {
      await lockConnection.executeQuery(CompiledQuery.raw(`set local role neonhub_migrate; ${lockingForm(statement)}`))
    }
    await sql`reset role`.execute(lockConnection)
    return
  }
  await kysely.connection().execute(async (connection) => {
    await connection.executeQuery(CompiledQuery.raw(progressTable))
    const finished = await readProgress(connection, migration)
    for (const [index, statement] of statements.entries()) {
      if (index < finished) continue
      const progress = { migration, finished: index + 1 }
      if (concurrently.test(stripComments(statement)))
        await runConcurrently(connection, statement, { limits, progress })
      else await runRecorded(connection, statement, { limits, progress })
    }
  })
  // Where the lock is, so that it goes in the same transaction in which the whole migration is recorded.
  await sql`drop table schema_migration_progress`.execute(lockConnection)
}

/** What the statement does to a database that has one session, where it may stand in a transaction. */
const lockingForm = (statement: string) => stripComments(statement).replace(/\bindex\s+concurrently\b/i, 'index')

interface Progress {
  readonly migration: Migration
  readonly finished: number
}

async function readProgress(connection: Kysely<DB>, { version, name, checksum }: Migration): Promise<number> {
  const { rows } = await sql<{ checksum: string; finished: number }>`
    select checksum, finished_statements as finished from schema_migration_progress where version = ${version}
  `.execute(connection)
  const [progress] = rows
  if (!progress) return 0
  if (progress.checksum === checksum) return progress.finished
  throw new NeonHubError('db.migration_edited', `Migration ${name} was changed after its first statements had run`, {
    kind: 'conflict',
    hint: 'Put the file back as it was, let it finish, and write the change as a new migration.',
  })
}

const recordProgress = ({ migration, finished }: Progress) => sql`
  insert into schema_migration_progress (version, checksum, finished_statements)
  values (${migration.version}, ${migration.checksum}, ${finished})
  on conflict (version) do update set finished_statements = excluded.finished_statements
`

/** Runs a statement and records it in one transaction, again and again while it cannot have its lock. */
async function runRecorded(
  connection: Kysely<DB>,
  statement: string,
  { limits, progress }: { readonly limits: MigrationLimits; readonly progress: Progress },
): Promise<void> {
  const result = await waitForLock(async () => {
    try {
      // Validating reads a whole table, and locks nobody out meanwhile.
      const statementTimeoutMs = validates.test(statement) ? 0 : limits.statementTimeoutMs
      await connection.executeQuery(
        CompiledQuery.raw(
          `begin; set local lock_timeout = ${limits.lockTimeoutMs}; set local statement_timeout = ${statementTimeoutMs}; set local role neonhub_migrate`,
        ),
      )
      await connection.executeQuery(CompiledQuery.raw(statement))
      await sql`reset role`.execute(connection)
      await recordProgress(progress).execute(connection)
      await connection.executeQuery(CompiledQuery.raw('commit'))
      return true
    } catch (error) {
      await connection.executeQuery(CompiledQuery.raw('rollback')).catch(() => {})
      if (sqlStateOf(error) === '55P03') return blocked
      throw error
    }
  }, limits)
  if (result === blocked) throw stillBlocked(progress, 'found no moment to lock what it changes', limits)
}

const stillBlocked = ({ migration, finished }: Progress, what: string, { waitMs }: MigrationLimits) =>
  new NeonHubError(
    'db.migration_blocked',
    `Statement ${finished} of migration ${migration.name} ${what} in ${Math.round(waitMs / 100) / 10} s`,
    {
      kind: 'unavailable',
      retryable: true,
      hint: 'End the long transactions on its tables, or migrate at a quieter time. It goes on with this statement.',
    },
  )

/** Runs a statement that stands in no transaction, without limits: it waits for others and locks nobody out. */
async function runConcurrently(
  connection: Kysely<DB>,
  statement: string,
  { limits, progress }: { readonly limits: MigrationLimits; readonly progress: Progress },
): Promise<void> {
  const index = concurrentIndex.exec(stripComments(statement))?.[1]
  const stands = index !== undefined && (await takeIndex(connection, index, { limits, progress })) === 'valid'
  if (!stands) await asMigrator(connection, statement)
  await recordProgress(progress).execute(connection)
}

/** Session settings, because such a statement refuses to stand in a transaction; they are put back whatever happens. */
async function asMigrator(connection: Kysely<DB>, statement: string): Promise<void> {
  const set = ['set role neonhub_migrate', 'set lock_timeout = 0', 'set statement_timeout = 0']
  try {
    for (const setting of set) await connection.executeQuery(CompiledQuery.raw(setting))
    await connection.executeQuery(CompiledQuery.raw(statement))
  } finally {
    await connection
      .executeQuery(CompiledQuery.raw('reset role; reset lock_timeout; reset statement_timeout'))
      .catch(() => {})
  }
}

/**
 * Looks at what an earlier attempt left of an index. The server goes on building for a migrator that was killed, so one
 * that is under way is waited for; one that is invalid and that nobody builds is dropped.
 */
async function takeIndex(
  connection: Kysely<DB>,
  index: string,
  { limits, progress }: { readonly limits: MigrationLimits; readonly progress: Progress },
): Promise<'valid' | 'absent'> {
  const found = await waitForLock(async () => {
    const { rows } = await sql<{ isValid: boolean; isBuilding: boolean }>`
      select i.indisvalid as "isValid",
        exists (select from pg_stat_progress_create_index p where p.index_relid = i.indexrelid) as "isBuilding"
      from pg_index i where i.indexrelid = to_regclass(${index})
    `.execute(connection)
    const [one] = rows
    if (!one) return 'absent'
    if (one.isValid) return 'valid'
    return one.isBuilding ? blocked : 'invalid'
  }, limits)
  if (found === blocked)
    throw stillBlocked(progress, `waited for the index ${index} that another session builds`, limits)
  if (found !== 'invalid') return found
  await asMigrator(connection, `drop index concurrently if exists ${index}`)
  return 'absent'
}
