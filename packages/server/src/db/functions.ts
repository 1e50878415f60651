import { sql } from 'kysely'
import type { Database } from './database.ts'

/**
 * Functions of the database that enter the organization themselves (`enter_organization`), and may therefore be called
 * as one statement with one round trip, without a transaction around them. Closed: a name that is not here would run
 * as the connection's own role.
 */
export type EnteringFunction = 'claim_job' | 'end_job' | 'open_call' | 'start_tool_execution'

/** Calls one such function with its arguments in order; returns its scalar result. */
export async function callEntering<Result>(
  database: Database,
  name: EnteringFunction,
  parameters: readonly unknown[],
): Promise<Result | null> {
  const result = await sql<{ result: Result | null }>`
    select ${sql.ref(name)}(${sql.join(parameters)}) as result
  `.execute(database.kysely)
  return result.rows[0]?.result ?? null
}
