import { NeonHubError } from '../../../base/errors.ts'
import { sql } from '../../../db/index.ts'
import type { EveryTx } from '../../../db/system.ts'
import { identifier } from '../table.ts'

/**
 * Lets nobody write to a server's tables for the rest of the transaction; call it first, before a snapshot is taken.
 * Throws `move.source_in_use` where a NeonHub is connected: it would go on with the old rows afterwards.
 */
export async function holdSource(tx: EveryTx, tableNames: readonly string[]): Promise<void> {
  await sql.raw(`set local lock_timeout = '10s'`).execute(tx)
  await sql.raw(`lock table ${tableNames.map(identifier).join(', ')} in share mode`).execute(tx)
  const { rows } = await sql<{ sessions: number }>`
    select count(*)::int as sessions from pg_stat_activity
    where datname = current_database() and application_name like 'neonhub%' and pid <> pg_backend_pid()
  `.execute(tx)
  const sessions = rows[0]?.sessions ?? 0
  if (sessions === 0) return
  throw new NeonHubError('move.source_in_use', `The source is in use: NeonHub has ${sessions} connections to it`, {
    kind: 'conflict',
    hint: 'Stop every neonhub api, worker and start on it, and keep them stopped until DATABASE_URL names the target.',
  })
}
