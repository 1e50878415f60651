import type { Logger } from '../base/log.ts'
import { type Database, sql } from '../db/index.ts'
import { withSystem } from '../db/system.ts'
import type { DueWork } from './take-up-due.ts'

/** Whoever comes back late is told that it is late, for this long; later that nobody began. */
const keptSeconds = 3_600

/** Removes the states of people who were sent to a provider, once they can be of no use. Returns how many. */
export async function sweepOAuthStates(
  database: Database,
  { logger, olderThanSeconds = keptSeconds }: { readonly logger: Logger; readonly olderThanSeconds?: number },
): Promise<number> {
  const { numAffectedRows = 0n } = await withSystem(database, (tx) =>
    sql`delete from oauth_states where expires_at < clock_timestamp() - make_interval(secs => ${olderThanSeconds}::float8)`.execute(
      tx,
    ),
  )
  const swept = Number(numAffectedRows)
  if (swept > 0) logger.debug({ swept }, 'Removed what people began at providers and did not finish in time')
  return swept
}

/** That there are such states, which are of no organization. */
export const dueOAuthStates = (database: Database, logger: Logger): DueWork => ({
  query: sql`
    select null::uuid as organization_id, null::uuid as id where exists (
      select from oauth_states where expires_at < clock_timestamp() - make_interval(secs => ${sql.lit(keptSeconds)})
    )
  `,
  takeUp: () => sweepOAuthStates(database, { logger }),
  failure: 'What people did not finish at providers could not be removed; the next pass tries again',
})
