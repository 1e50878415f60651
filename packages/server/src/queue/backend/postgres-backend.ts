import { setTimeout as sleep } from 'node:timers/promises'
import {
  assertSchemaCompatibility,
  createPostgresBackend,
  LATEST_SCHEMA_VERSION,
  type PgPool,
  PostgresConnection,
  runMigrations,
  SchemaMigrationRequiredError,
  withBackend,
} from 'bullmq'
import { messageOf, NeonHubError } from '../../base/errors.ts'
import type { Logger } from '../../base/log.ts'
import { type Database, isOutage } from '../../db/index.ts'
import { queueNames } from '../spec.ts'
import type { Backend } from './backend.ts'
import { bullBackend } from './bull-backend.ts'

const schema = 'bullmq'
/** Each worked queue has one that listens, for as long as its worker lives; the others do the work. */
const poolSize = queueNames.length + 4
/** How long after each failure a connection's first look at the database is tried again. */
const retryMs = 500
/** BullMQ's own event log, which nobody here reads. */
const streams = { events: { maxLen: 100 } }

/**
 * BullMQ in the database: in the embedded session, or on the server through a small pool of its own, because it needs
 * its schema on the search path. Brings that schema up to date first. Throws `queue.migration_failed`.
 */
export async function openPostgresBackend(database: Database, logger: Logger): Promise<Backend> {
  const { pool, close } = await openMigrated(database, logger)
  const { Queue, Worker } = withBackend((name, options, factoryOptions) =>
    createPostgresBackend(name, { ...options, connection: share(pool) }, factoryOptions),
  )
  return bullBackend(
    {
      kind: database.mode === 'embedded' ? 'embedded' : 'postgres',
      openQueue: (name) => new Queue(name, { connection: pool, streams }),
      openWorker: (name, work, options) => new Worker(name, work, { ...options, connection: pool }),
      close,
    },
    logger,
  )
}

/**
 * Brings BullMQ's tables in the database up to date, so that the application's own login role need not make any.
 * Throws `queue.migration_failed`.
 */
export async function migrateQueue(database: Database, logger: Logger): Promise<void> {
  const { close } = await openMigrated(database, logger)
  await close()
}

interface OpenPool {
  readonly pool: PgPool
  readonly close: () => Promise<void>
}

async function openMigrated(database: Database, logger: Logger): Promise<OpenPool> {
  try {
    return database.databaseUrl === undefined
      ? await openEmbedded(database)
      : await openServer(database.databaseUrl, logger)
  } catch (error) {
    throw new NeonHubError('queue.migration_failed', `The queue's tables cannot be made: ${messageOf(error)}`, {
      kind: 'unavailable',
      hint: `Run neonhub db migrate as a user who may create the schema "${schema}", or set REDIS_URL.`,
      cause: error,
    })
  }
}

async function openEmbedded(database: Database): Promise<OpenPool> {
  // EmbeddedPool has the members of a pool that BullMQ calls.
  const pool = database.embeddedPool as unknown as PgPool
  await bringUpToDate(pool)
  return { pool, close: async () => {} }
}

async function openServer(connectionString: string, logger: Logger): Promise<OpenPool> {
  const connection = new PostgresConnection({
    connectionString,
    schema,
    max: poolSize,
    keepAlive: true,
    connectionTimeoutMillis: 10_000,
    application_name: 'neonhub-queue',
  })
  // One that is cut while it is lent out tells so in its next statement, and must not take the process down.
  connection.pool.on('connect', (client) => client.on('error', () => {}))
  connection.on('error', (error: Error) => logger.warn({ error: error.message }, 'An idle queue connection was lost'))
  try {
    await bringUpToDate(connection.pool)
  } catch (error) {
    await connection.close()
    throw error
  }
  return { pool: connection.pool, close: () => connection.close() }
}

async function bringUpToDate(pool: PgPool): Promise<void> {
  const client = await pool.connect()
  try {
    // Looked at first: BullMQ's migrations ask for the right to create even where there is nothing to do.
    if (!(await isUpToDate(client))) await runMigrations(client, schema)
  } finally {
    client.release()
  }
}

async function isUpToDate(client: Parameters<typeof assertSchemaCompatibility>[0]): Promise<boolean> {
  try {
    return (await assertSchemaCompatibility(client, schema)) >= LATEST_SCHEMA_VERSION
  } catch (error) {
    if (error instanceof SchemaMigrationRequiredError) return false
    throw error
  }
}

/**
 * The pool as one of BullMQ's backends gets it, of which each queue and each worker makes its own. Their listeners for
 * its errors would pile up there, one for each, and stay after they are closed; its owner has one already. `options` is
 * where BullMQ reads that a dropped connection is noticed, so that an idle worker need not look every ten seconds.
 */
function share(pool: PgPool): PgPool {
  let hasLooked = false
  const shared = {
    options: { keepAlive: true },
    connect: () => {
      const isFirst = !hasLooked
      hasLooked = true
      return isFirst ? Promise.resolve(patientClient(pool)) : pool.connect()
    },
    query: (text: string, parameters?: readonly unknown[]) => pool.query(text, parameters),
    end: async () => {},
    on: () => shared,
    removeAllListeners: () => shared,
  }
  return shared
}

/**
 * The client with which a queue or worker first looks at its schema. BullMQ 6.7 keeps the outcome of that look, a failure
 * too: its worker would then ask again at once and for ever, so that nothing else in the process was done. So the look is
 * repeated until it has reached the database, or the pool has ended.
 */
function patientClient(pool: PgPool): Awaited<ReturnType<PgPool['connect']>> {
  const query = async (text: string, parameters?: readonly unknown[]) => {
    for (;;) {
      try {
        return await pool.query(text, parameters)
      } catch (error) {
        if (!isOutage(error)) throw error
        await sleep(retryMs)
      }
    }
  }
  const client = {
    query,
    release: () => {},
    on: () => client,
    removeListener: () => client,
    removeAllListeners: () => client,
  }
  return client
}
