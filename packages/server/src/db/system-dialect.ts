import { CompiledQuery, type DatabaseConnection, type Dialect, type Driver, PostgresDialect } from 'kysely'
import type { Database } from './database.ts'

/**
 * A Kysely dialect for libraries that bring their own queries (better-auth): every connection that they take is a
 * transaction as `neonhub_system`, and giving it back commits, so no session state is left behind on a pooler.
 * Their own transactions nest in it.
 */
export function systemDialect(database: Database): Dialect {
  // The pool is never called: the driver borrows connections from the database that is open already.
  const parts = new PostgresDialect({ pool: async () => Promise.reject(new Error('the system dialect has no pool')) })
  return {
    createDriver: () => new SystemDriver(database),
    createAdapter: () => parts.createAdapter(),
    createIntrospector: (kysely) => parts.createIntrospector(kysely),
    createQueryCompiler: () => parts.createQueryCompiler(),
  }
}

interface Borrowed {
  readonly connection: DatabaseConnection
  readonly giveBack: () => Promise<void>
}

class SystemDriver implements Driver {
  readonly #database: Database
  readonly #borrowed = new WeakMap<DatabaseConnection, Borrowed>()

  constructor(database: Database) {
    this.#database = database
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<DatabaseConnection> {
    const borrowed = await this.#borrow()
    this.#borrowed.set(borrowed.connection, borrowed)
    try {
      await borrowed.connection.executeQuery(CompiledQuery.raw('begin; set local role neonhub_system'))
    } catch (error) {
      await borrowed.giveBack()
      throw error
    }
    return borrowed.connection
  }

  async beginTransaction(): Promise<void> {}

  async commitTransaction(): Promise<void> {}

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('rollback'))
    await connection.executeQuery(CompiledQuery.raw('begin; set local role neonhub_system'))
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    try {
      // In a transaction that a statement has failed, `commit` rolls back.
      await connection.executeQuery(CompiledQuery.raw('commit'))
    } finally {
      await this.#borrowed.get(connection)?.giveBack()
    }
  }

  async destroy(): Promise<void> {}

  /** Holds one of Kysely's connections open until it is given back. */
  #borrow(): Promise<Borrowed> {
    const borrowed = Promise.withResolvers<Borrowed>()
    const over = Promise.withResolvers<void>()
    const ended = this.#database.kysely
      .getExecutor()
      .provideConnection(async (connection) => {
        borrowed.resolve({
          connection,
          giveBack: async () => {
            over.resolve()
            await ended
          },
        })
        await over.promise
      })
      .catch((error: unknown) => {
        borrowed.reject(error)
        throw error
      })
    return borrowed.promise
  }
}
