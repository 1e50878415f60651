import { CompiledQuery, type Kysely } from 'kysely'
import type { Database } from './database.ts'
import type { DB } from './schema.ts'
import { runTransaction } from './transaction.ts'

export { type EveryTx, withEveryOrganization } from './every-organization.ts'
export { writeLastWords } from './last-words.ts'
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

/**
 * Runs a statement that PostgreSQL takes in no transaction (`create index concurrently`), as the connection's own role:
 * one that may own what `neonhub_migrate` owns, as the migrating user may. `settings` hold for it alone; behind a
 * transaction pooler they may not reach it, so nothing but its speed may rest on them. Never user text.
 */
export async function runOutsideTransaction(
  database: Database,
  statement: string,
  { settings = {} }: { readonly settings?: Readonly<Record<string, string>> } = {},
): Promise<void> {
  await database.kysely.connection().execute(async (connection) => {
    const run = (text: string) => connection.executeQuery(CompiledQuery.raw(text))
    try {
      for (const [name, value] of Object.entries(settings)) await run(`set ${name} = '${value}'`)
      await run(statement)
    } finally {
      for (const name of Object.keys(settings)) await run(`reset ${name}`)
    }
  })
}
