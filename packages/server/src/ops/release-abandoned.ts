import { type Database, sql } from '../db/index.ts'
import { withSystem } from '../db/system.ts'

/**
 * Ends the leases and the jobs of a process that is gone, so that its runs go on at once. Only for the embedded database
 * and before a worker starts: the lock on its folder proves that nobody else can be holding them.
 */
export async function releaseAbandoned(database: Database): Promise<void> {
  if (database.mode !== 'embedded') return
  await withSystem(database, async (tx) => {
    await sql`update agent_runs set lease_expires_at = clock_timestamp() where status = 'running'`.execute(tx)
    await sql`update agent_jobs set check_at = clock_timestamp() where status = 'active'`.execute(tx)
  })
}
