import type { Kysely } from 'kysely'
import type { Database } from './database.ts'
import type { DB } from './schema.ts'
import { runTransaction } from './transaction.ts'

declare const every: unique symbol

/** A transaction that reads and writes every row of every organization, as the tables' owner: backup, restore, move. */
export type EveryTx = Kysely<DB> & { readonly [every]: true }

/**
 * What a value's text depends on, so that one value has one text on every server. The isolation level comes first,
 * before anything takes a snapshot.
 */
const prelude = [
  'set transaction isolation level repeatable read',
  `set local neonhub.every_organization = 'on'`,
  `set local search_path = public`,
  `set local datestyle = 'ISO, YMD'`,
  `set local timezone = 'UTC'`,
  `set local intervalstyle = 'postgres'`,
  'set local extra_float_digits = 1',
  `set local bytea_output = 'hex'`,
  'set local statement_timeout = 0',
  // A slow disk, or the other side of a move, may keep it waiting between two statements.
  `set local idle_in_transaction_session_timeout = '10min'`,
].join('; ')

/** Opens such a transaction on one snapshot. Only ops may import this. */
export async function withEveryOrganization<Result>(
  database: Database,
  work: (tx: EveryTx) => Promise<Result>,
): Promise<Result> {
  return runTransaction(
    database.kysely,
    { role: 'neonhub_migrate', prelude, metrics: database.metrics },
    (transaction) => work(transaction as EveryTx),
  )
}
