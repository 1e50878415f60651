import { CompiledQuery, type Kysely, type KyselyPlugin } from 'kysely'
import type { Metrics } from '../base/metrics.ts'
import { NeonHubError } from '../base/errors.ts'
import type { DB } from './schema.ts'

/** The roles that a transaction can run as; `none` is the connection's own. */
export type TransactionRole = 'neonhub_app' | 'neonhub_system' | 'neonhub_migrate' | 'none'

interface TransactionOptions {
  readonly role: TransactionRole
  /** Further statements that begin the transaction, in the same round trip. Never user text. */
  readonly prelude?: string
  readonly metrics: Metrics | undefined
}

/**
 * How long a transaction may wait for its next statement: no outside call is made in one, and a process that is stopped
 * in the middle must not lock others out of its rows for ever. No longer than a lease, so that whoever takes a stopped
 * worker's run over does not find its row locked. Set in each, because PgBouncer refuses a connection that asks for it at
 * its start.
 */
const idleInTransaction = `set local idle_in_transaction_session_timeout = '10s'`

/**
 * Runs `work` in one transaction as a role taken locally, which works for any connection's own role and through a
 * transaction pooler. Begin, role and prelude go in one round trip.
 */
export async function runTransaction<Result>(
  kysely: Kysely<DB>,
  { role, prelude = '', metrics }: TransactionOptions,
  work: (transaction: Kysely<DB>) => Promise<Result>,
): Promise<Result> {
  const stopTimer = metrics?.databaseSeconds.startTimer({ role })
  try {
    return await kysely.connection().execute(async (connection) => {
      const guard = new OpenGuard()
      let isCommitting = false
      try {
        // Cancelled half way, it has begun a transaction that must not go back to the pool with the connection.
        await connection.executeQuery(
          CompiledQuery.raw(`begin; ${idleInTransaction}; set local role ${role}; ${prelude}`),
        )
        const result = await work(connection.withPlugin(guard))
        guard.close()
        isCommitting = true
        await connection.executeQuery(CompiledQuery.raw('commit'))
        return result
      } catch (error) {
        guard.close()
        await rollback(connection, error, isCommitting)
        throw error
      }
    })
  } finally {
    stopTimer?.()
  }
}

/**
 * Rolls back; where even that fails the connection is gone, and the server has rolled back by itself, unless it was
 * committing.
 */
async function rollback(connection: Kysely<DB>, cause: unknown, isCommitting: boolean): Promise<void> {
  try {
    await connection.executeQuery(CompiledQuery.raw('rollback'))
  } catch (error) {
    if (isCommitting) {
      throw new NeonHubError('db.commit_unknown', 'The connection to the database was lost during a commit', {
        kind: 'unavailable',
        hint: 'The transaction may stand or not: look before it is made again.',
        cause: cause ?? error,
      })
    }
    throw new NeonHubError('db.connection_lost', 'The connection to the database was lost within a transaction', {
      kind: 'unavailable',
      retryable: true,
      hint: 'Try again; the transaction has had no effect.',
      cause: cause ?? error,
    })
  }
}

/** A transaction that escaped from its callback would run its queries as nobody in particular, so they are refused. */
class OpenGuard implements KyselyPlugin {
  #open = true

  close(): void {
    this.#open = false
  }

  transformQuery: KyselyPlugin['transformQuery'] = ({ node }) => {
    if (!this.#open) {
      throw new NeonHubError('db.transaction_over', 'A query was made after its transaction had ended', {
        kind: 'internal',
      })
    }
    return node
  }

  transformResult: KyselyPlugin['transformResult'] = async ({ result }) => result
}
