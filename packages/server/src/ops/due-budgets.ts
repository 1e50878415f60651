import type { OrganizationId } from '../base/ids.ts'
import type { Logger } from '../base/log.ts'
import { sql } from '../db/index.ts'
import { dueLimit, type DueWork } from './take-up-due.ts'

/** A call that has just left is not looked at yet. */
const settledSoonSeconds = 5

/** The organizations of which calls hold something of a budget for a while; `sweep` settles what can no longer be in flight. */
export const dueBudgets = (sweep: (organizationId: OrganizationId) => Promise<number>, logger: Logger): DueWork => ({
  query: sql`
    select distinct organization_id, organization_id as id from budget_reservations
    where status = 'held' and created_at < clock_timestamp() - make_interval(secs => ${sql.lit(settledSoonSeconds)})
    limit ${sql.lit(dueLimit)}
  `,
  takeUp: async (organizationId) => {
    const swept = await sweep(organizationId)
    if (swept > 0)
      logger.info({ organizationId, swept }, 'Settled what calls held of budgets that nobody was making any more')
  },
  failure: 'Budgets could not be swept; the next pass tries again',
})
