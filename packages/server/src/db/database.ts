import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { Logger } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import { messageOf, NeonHubError } from '../base/errors.ts'
import { CallGroups } from './call-groups.ts'
import { openEmbedded } from './embedded.ts'
import type { EmbeddedPool } from './embedded-pool.ts'
import { prepareCalls } from './prepare-calls.ts'
import type { DB } from './schema.ts'

/** The open database of an installation. Rooms reach their tables through `withTenant` and `withSystem`. */
export interface Database {
  readonly mode: 'embedded' | 'server'
  /** For this room alone: whoever queries here is bound by no organization. */
  readonly kysely: Kysely<DB>
  /** What is written for many callers in one commit. */
  readonly groups: CallGroups
  /** What BullMQ runs on when it shares the embedded session. */
  readonly embeddedPool: EmbeddedPool | undefined
  readonly databaseUrl: string | undefined
  readonly metrics: Metrics | undefined
  readonly close: () => Promise<void>
}

export interface OpenDatabaseOptions {
  /** A PostgreSQL URL; absent, the embedded database is opened. */
  readonly databaseUrl: string | undefined
  /** Where the embedded database lives; absent, in memory. */
  readonly dataDir: string | undefined
  /** What an embedded database in memory begins from: a dump of another. */
  readonly template?: Blob
  readonly logger: Logger
  readonly metrics?: Metrics
  readonly poolSize?: number
}

// Counters, costs and sequences stay far below 2^53, and a string where a number is meant adds up wrongly in silence.
pg.types.setTypeParser(pg.types.builtins.INT8, Number)

/**
 * Opens the database: the server that `databaseUrl` names, or PostgreSQL embedded in this process.
 * Throws `db.unreachable`, `db.too_old` and the errors of `openEmbedded`.
 */
export async function openDatabase(options: OpenDatabaseOptions): Promise<Database> {
  return options.databaseUrl === undefined ? openEmbeddedDatabase(options) : openServer(options.databaseUrl, options)
}

async function openEmbeddedDatabase({ dataDir, template, metrics }: OpenDatabaseOptions): Promise<Database> {
  const { pool, unlock } = await openEmbedded(dataDir, template)
  // Kysely's pool type asks for node-postgres' own client; EmbeddedPool has the members that the dialect calls.
  const kysely = new Kysely<DB>({ dialect: new PostgresDialect({ pool: pool as unknown as pg.Pool }) })
  return {
    mode: 'embedded',
    kysely,
    groups: new CallGroups(kysely),
    embeddedPool: pool,
    databaseUrl: undefined,
    metrics,
    close: async () => {
      await pool.end()
      await unlock()
    },
  }
}

async function openServer(
  databaseUrl: string,
  { logger, metrics, poolSize = 10 }: OpenDatabaseOptions,
): Promise<Database> {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: poolSize,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    application_name: 'neonhub',
  })
  // One that is cut between two statements of a transaction tells so in its next statement; without a listener, the
  // error would take the process down.
  let isDirect = false
  pool.on('connect', (client) => {
    client.on('error', () => {})
    if (isDirect) prepareCalls(client)
  })
  // An idle connection that the server cut: the pool has dropped it already, and the next query opens another.
  pool.on('error', (error) => logger.warn({ error: error.message }, 'An idle database connection was lost'))
  try {
    isDirect = (await assertUsable(pool)).isDirect
  } catch (error) {
    await pool.end()
    throw error
  }
  const kysely = new Kysely<DB>({ dialect: new PostgresDialect({ pool }) })
  return {
    mode: 'server',
    kysely,
    groups: new CallGroups(kysely),
    embeddedPool: undefined,
    databaseUrl,
    metrics,
    close: () => kysely.destroy(),
  }
}

const oldestVersion = 160_000

/**
 * Asks the server for its version. `isDirect`: a connection's server process is its own. Behind a pooler it is not, and
 * what is prepared there may be asked of another; a pooler tells its clients of a process that the server does not know.
 */
async function assertUsable(pool: pg.Pool): Promise<{ readonly isDirect: boolean }> {
  let version: number
  let isDirect: boolean
  try {
    const client = await pool.connect()
    try {
      const { rows } = await client.query<{ version: string; pid: number }>(
        `select current_setting('server_version_num') as version, pg_backend_pid() as pid`,
      )
      version = Number(rows[0]?.version)
      isDirect = 'processID' in client && client.processID === rows[0]?.pid
      if (isDirect) prepareCalls(client)
    } finally {
      client.release()
    }
  } catch (error) {
    throw new NeonHubError('db.unreachable', `The database does not answer: ${messageOf(error)}`, {
      kind: 'unavailable',
      retryable: true,
      hint: 'Check that PostgreSQL runs and that DATABASE_URL names its host, port, user, password and database.',
      cause: error,
    })
  }
  if (version < oldestVersion) {
    throw new NeonHubError(
      'db.too_old',
      `PostgreSQL ${Math.floor(version / 10_000)} is too old; 16 or newer is needed`,
      {
        kind: 'unavailable',
        hint: 'Upgrade the server, or unset DATABASE_URL to use the embedded database.',
      },
    )
  }
  return { isDirect }
}
