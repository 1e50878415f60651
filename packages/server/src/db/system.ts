import type { Kysely } from 'kysely'
import type { Database } from './database.ts'
import type { DB } from './schema.ts'
import { runTransaction } from './transaction.ts'

export { systemDialect } from './system-dialect.ts'

declare const system: unique symbol

/** A transaction that crosses organizations, as a role with column grants: sign-in, dispatch, retention. */
export type SystemTx = Kysely<DB> & { readonly [system]: true }

/** Opens a transaction as `neonhub_system`. Only identity, queue and ops may import this door. */
export async function withSystem<Result>(database: Database, work: (tx: SystemTx) => Promise<Result>): Promise<Result> {
  return runTransaction(database.kysely, { role: 'neonhub_system', metrics: database.metrics }, (transaction) =>
    work(transaction as SystemTx),
  )
}
