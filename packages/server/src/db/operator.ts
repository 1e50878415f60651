import type { Kysely } from 'kysely'
import type { Database } from './database.ts'
import type { DB } from './schema.ts'
import { runTransaction } from './transaction.ts'

declare const operator: unique symbol

/** A transaction as the connection's own role, for the commands of whoever operates the database: catalogue and roles. */
export type OperatorTx = Kysely<DB> & { readonly [operator]: true }

/** Opens a transaction as the connection's own role; with `readOnly`, the database refuses every change in it. */
export async function withOperator<Result>(
  database: Database,
  { readOnly }: { readonly readOnly: boolean },
  work: (tx: OperatorTx) => Promise<Result>,
): Promise<Result> {
  const prelude = readOnly ? 'set transaction read only' : ''
  return runTransaction(database.kysely, { role: 'none', prelude, metrics: database.metrics }, (transaction) =>
    work(transaction as OperatorTx),
  )
}
