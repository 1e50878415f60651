import { CompiledQuery, type Kysely, sql } from 'kysely'
import { NeonHubError } from '../base/errors.ts'
import { applyOnline } from './apply-online.ts'
import type { Database } from './database.ts'
import { explainMigration } from './explain-migration.ts'
import { sqlStateOf } from './sql-state.ts'
import { describeHolders } from './lock-holders.ts'
import { assertKnown, compareMigrations, listApplied, readMigrationStatus } from './migration-status.ts'
import { type Migration, readMigrations } from './read-migrations.ts'
import type { DB } from './schema.ts'
import { runTransaction } from './transaction.ts'
import { blocked, waitForLock } from './wait-for-lock.ts'

export interface MigrateOptions {
  /**
   * How long one statement waits for a lock before everything of its migration is given back and tried again. Short,
   * because whoever comes after a waiting `alter table` waits behind it. Default 3 s.
   */
  readonly lockTimeoutMs?: number
  /** How long one statement may take; 0 is without end. Default 10 minutes. What locks nobody out is not limited. */
  readonly statementTimeoutMs?: number
  /** How long to go on trying, for another migrator or for a lock. Default 1 minute. */
  readonly waitMs?: number
  /** Told once a migration begins to wait, and for what. */
  readonly onWait?: (text: string) => void
  /** The migrations; absent, those of this version. */
  readonly migrations?: readonly Migration[]
}

export interface MigrateResult {
  /** Names of the migrations that this call applied, in order. */
  readonly applied: readonly string[]
  /** Version that the database stands at. */
  readonly version: number
}

/** Limits that a migration runs within. */
export interface MigrationLimits {
  readonly lockTimeoutMs: number
  readonly statementTimeoutMs: number
  readonly waitMs: number
}

export const defaultLimits: MigrationLimits = {
  lockTimeoutMs: 3_000,
  statementTimeoutMs: 10 * 60_000,
  waitMs: 60_000,
}

// Any number will do, as long as every migrator takes the same one.
const lockKey = 7_310_000

/** In one process, migrators of one database take turns: the embedded database's one session would let both in. */
const turns = new WeakMap<Kysely<DB>, Promise<unknown>>()

/**
 * Brings the database to the newest version: forward only, each file in a transaction of its own (or, where its head
 * says so, statement by statement), under a lock that a second migrator waits for. Throws `db.migration_edited`,
 * `db.newer_than_code`, `db.migration_locked`, `db.migration_blocked`, `db.extension_missing`, `db.migration_failed`;
 * what was applied before stays applied.
 */
export async function migrate(database: Database, options: MigrateOptions = {}): Promise<MigrateResult> {
  const before = turns.get(database.kysely) ?? Promise.resolve()
  const turn = before.then(() => migrateInTurn(database, options))
  turns.set(
    database.kysely,
    turn.catch(() => {}),
  )
  return turn
}

async function migrateInTurn(database: Database, options: MigrateOptions): Promise<MigrateResult> {
  const migrations = options.migrations ?? (await readMigrations())
  const limits: MigrationLimits = {
    lockTimeoutMs: options.lockTimeoutMs ?? defaultLimits.lockTimeoutMs,
    statementTimeoutMs: options.statementTimeoutMs ?? defaultLimits.statementTimeoutMs,
    waitMs: options.waitMs ?? defaultLimits.waitMs,
  }
  const status = await readMigrationStatus(database, migrations)
  assertKnown(status)
  const applied: string[] = []
  for (const migration of status.pending) {
    if (await applyOne(database, { migration, migrations, limits, onWait: options.onWait })) {
      applied.push(migration.name)
    }
  }
  await ensurePartitions(database)
  return { applied, version: migrations.at(-1)?.version ?? 0 }
}

interface OneMigration {
  readonly migration: Migration
  readonly migrations: readonly Migration[]
  readonly limits: MigrationLimits
  readonly onWait: ((text: string) => void) | undefined
}

/** Applies a migration unless it stands by now; waits for other migrators, and for locks, as long as the limits say. */
async function applyOne(database: Database, { migration, migrations, limits, onWait }: OneMigration): Promise<boolean> {
  let reason: 'migrator' | 'lock' = 'migrator'
  const result = await waitForLock(
    async () => {
      const attempt = await tryOne(database, { migration, migrations, limits })
      if (typeof attempt === 'boolean') return attempt
      reason = attempt
      return blocked
    },
    {
      waitMs: limits.waitMs,
      onWait: () =>
        onWait?.(
          reason === 'migrator' ? 'Another migrator is at work; waiting …' : `${migration.name} waits for a lock …`,
        ),
    },
  )
  if (result !== blocked) return result
  throw await explainWait(database, { migration, reason, waitMs: limits.waitMs })
}

type Attempt = boolean | 'migrator' | 'lock'

/** One attempt. The lock and the look at what stands are in the same transaction as the change. */
async function tryOne(
  { kysely, mode }: Database,
  { migration, migrations, limits }: Pick<OneMigration, 'migration' | 'migrations' | 'limits'>,
): Promise<Attempt> {
  return kysely.connection().execute(async (connection) => {
    try {
      await connection.executeQuery(CompiledQuery.raw(beginMigration(limits, mode)))
      // Tried and not waited for: one that waits in a statement holds a snapshot, and `create index concurrently` of the
      // other would wait for that snapshot in turn.
      const { rows } = await sql<{ isMine: boolean }>`
        select pg_try_advisory_xact_lock(${lockKey}) as "isMine"
      `.execute(connection)
      if (!rows[0]?.isMine) {
        await connection.executeQuery(CompiledQuery.raw('rollback'))
        return 'migrator'
      }
      // Whoever held the lock before may have been a newer version.
      const now = compareMigrations(await listApplied(connection), migrations)
      assertKnown(now)
      const isPending = now.pending.some(({ version }) => version === migration.version)
      if (isPending) await applyLocked({ connection, kysely, mode }, migration, limits)
      await connection.executeQuery(CompiledQuery.raw('commit'))
      return isPending
    } catch (error) {
      // Where even this fails the connection is gone, and the server has rolled back by itself.
      await connection.executeQuery(CompiledQuery.raw('rollback')).catch(() => {})
      if (givenWay.has(sqlStateOf(error))) return 'lock'
      throw explainMigration(migration, error)
    }
  })
}

/** What a migration gives way to and is tried again after: no moment for a lock, or a deadlock with those at work. */
const givenWay = new Set(['55P03', '40P01'])

/** What begins the transaction that holds the migrators' lock. */
function beginMigration({ lockTimeoutMs, statementTimeoutMs }: MigrationLimits, mode: Database['mode']): string {
  return [
    'begin',
    `set local lock_timeout = ${lockTimeoutMs}`,
    `set local statement_timeout = ${statementTimeoutMs}`,
    // While an index is built on another connection, this one only holds the lock.
    'set local idle_in_transaction_session_timeout = 0',
    // Lets the server notice within seconds that a migrator was killed. Not every platform of a server has it.
    ...(mode === 'server'
      ? [
          `do $$ begin perform set_config('client_connection_check_interval', '2s', true); exception when others then null; end $$`,
        ]
      : []),
  ].join('; ')
}

/** The table of what was applied, as the first migration of all finds it. */
export const migrationsTable = `create table if not exists schema_migrations (
  version integer primary key, name text not null, checksum text not null, applied_at timestamptz not null default now()
)`

async function applyLocked(
  { connection, kysely, mode }: { connection: Kysely<DB>; kysely: Kysely<DB>; mode: Database['mode'] },
  migration: Migration,
  limits: MigrationLimits,
): Promise<void> {
  if (migration.isTransactional) {
    await connection.executeQuery(CompiledQuery.raw(`${migrationsTable}; ${migration.text}`))
    await sql`reset role`.execute(connection)
  } else {
    await applyOnline({ lockConnection: connection, kysely, mode }, migration, limits)
  }
  await sql`
    insert into schema_migrations (version, name, checksum)
    values (${migration.version}, ${migration.name}, ${migration.checksum})
  `.execute(connection)
}

async function explainWait(
  database: Database,
  { migration, reason, waitMs }: { migration: Migration; reason: 'migrator' | 'lock'; waitMs: number },
): Promise<NeonHubError> {
  const seconds = Math.round(waitMs / 100) / 10
  if (reason === 'migrator') {
    const holders = await describeHolders(database, { advisoryKey: lockKey })
    return new NeonHubError('db.migration_locked', `Another migrator has been at work for ${seconds} s${holders}`, {
      kind: 'conflict',
      retryable: true,
      hint: 'Wait until it is done, allow a longer --wait, or end its session if nobody owns it any more.',
    })
  }
  const holders = await describeHolders(database, { advisoryKey: undefined })
  return new NeonHubError(
    'db.migration_blocked',
    `Migration ${migration.name} found no moment in ${seconds} s to lock what it changes${holders}`,
    {
      kind: 'unavailable',
      retryable: true,
      hint: 'End the long transactions that are named, or migrate at a quieter time. Nothing of this migration was kept.',
    },
  )
}

const monthsAhead = 3

/** Makes the journal's partitions from last month to three months ahead. */
async function ensurePartitions({ kysely, metrics }: Database): Promise<void> {
  await runTransaction(kysely, { role: 'neonhub_system', metrics }, (transaction) =>
    sql`select ensure_partitions((now() - interval '1 month')::date, ${monthsAhead + 1})`.execute(transaction),
  )
}
