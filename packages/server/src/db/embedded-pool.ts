import { EventEmitter } from 'node:events'
import type { PGlite, Results } from '@electric-sql/pglite'

/** What callers of a `pg` query get back, as far as Kysely and BullMQ look. */
interface PoolResult {
  readonly rows: unknown[]
  readonly rowCount: number | null
  readonly command: string
  readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[]
}

interface QueryConfig {
  readonly text: string
  readonly values?: readonly unknown[]
}

const begins = /^\s*(begin|start\s+transaction)\b/i
const ends = /^\s*(commit|end|rollback|abort)\b(?!\s+to\b)(?!\s+transaction\s+to\b)/i
const firstWord = /^\s*(\w+)/

function toPoolResult(text: string, result: Results): PoolResult {
  return {
    rows: result.rows,
    rowCount: result.affectedRows ? result.affectedRows : result.rows.length,
    command: firstWord.exec(text)?.[1]?.toUpperCase() ?? '',
    fields: result.fields,
  }
}

/**
 * One borrower of the single session. It holds the session from its `begin` to its `commit` or `rollback`, and for one
 * statement at a time outside of a transaction, so that a client that only listens stands in nobody's way.
 */
class EmbeddedClient extends EventEmitter {
  readonly #pool: EmbeddedPool
  #releaseSession: (() => void) | undefined
  #broken = false

  constructor(pool: EmbeddedPool) {
    super()
    this.#pool = pool
  }

  async query(query: string | QueryConfig, values?: readonly unknown[]): Promise<PoolResult | PoolResult[]> {
    const text = typeof query === 'string' ? query : query.text
    const parameters = values ?? (typeof query === 'string' ? undefined : query.values)
    if (this.#releaseSession) {
      try {
        return await this.#pool.run(text, parameters)
      } finally {
        if (ends.test(text)) this.#leaveSession()
      }
    }
    const leave = await this.#pool.enterSession()
    if (!begins.test(text)) {
      try {
        return await this.#pool.run(text, parameters)
      } finally {
        leave()
      }
    }
    this.#releaseSession = leave
    try {
      return await this.#pool.run(text, parameters)
    } catch (error) {
      // `begin; set …` may have failed after its `begin`.
      await this.#rollback()
      throw error
    }
  }

  /** Gives the client back. A transaction left open is rolled back first, so that nobody inherits it. */
  release(): void {
    this.#pool.forget(this)
    if (this.#releaseSession && !this.#broken) void this.#rollback()
  }

  async #rollback(): Promise<void> {
    try {
      await this.#pool.run('rollback', undefined)
    } catch (error) {
      this.#broken = true
      // An `error` that nobody listens for would take the process down: the next query fails and says so.
      if (this.listenerCount('error') > 0) this.emit('error', error)
    } finally {
      this.#leaveSession()
    }
  }

  #leaveSession(): void {
    this.#releaseSession?.()
    this.#releaseSession = undefined
  }
}

/**
 * A `pg.Pool` over PGlite's one session, as far as Kysely and BullMQ use a pool. Clients take turns by transaction;
 * notifications reach every client that listens for them.
 */
export class EmbeddedPool extends EventEmitter {
  readonly #database: PGlite
  readonly #clients = new Set<EmbeddedClient>()
  #turn: Promise<void> = Promise.resolve()

  constructor(database: PGlite) {
    super()
    this.#database = database
    database.onNotification((channel, payload) => {
      for (const client of this.#clients) client.emit('notification', { channel, payload })
    })
  }

  async connect(): Promise<EmbeddedClient> {
    const client = new EmbeddedClient(this)
    this.#clients.add(client)
    return client
  }

  async query(query: string | QueryConfig, values?: readonly unknown[]): Promise<PoolResult | PoolResult[]> {
    const client = await this.connect()
    try {
      return await client.query(query, values)
    } finally {
      client.release()
    }
  }

  /** Waits for the session; the caller holds it until it calls what this resolves to. */
  async enterSession(): Promise<() => void> {
    const before = this.#turn
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#turn = promise
    await before
    return resolve
  }

  /** For `EmbeddedClient`: runs a query in the session that it holds. */
  async run(text: string, values: readonly unknown[] | undefined): Promise<PoolResult | PoolResult[]> {
    if (values && values.length > 0) return toPoolResult(text, await this.#database.query(text, [...values]))
    const results = await this.#database.exec(text)
    const converted = results.map((result) => toPoolResult(text, result))
    const [only] = converted
    return only && converted.length === 1 ? only : converted
  }

  /** For `EmbeddedClient`: no more notifications for this one. */
  forget(client: EmbeddedClient): void {
    this.#clients.delete(client)
  }

  /** The whole of the database as a tar of its data folder, for `openEmbedded` to begin another from. */
  async dump(): Promise<Blob> {
    const leave = await this.enterSession()
    try {
      return await this.#database.dumpDataDir('none')
    } finally {
      leave()
    }
  }

  async end(): Promise<void> {
    const leave = await this.enterSession()
    await this.#database.close()
    leave()
  }
}
