import type { OrganizationId } from '../base/ids.ts'
import { sql } from '../db/index.ts'
import type { DueWork } from './take-up-due.ts'

/** A call that has just left is not looked at yet. */
const settledSoonSeconds = 5

/** The organizations of which calls hold something of a budget for a while; `sweep` settles what can no longer be in flight. */
export const dueBudgets = (sweep: (organizationId: OrganizationId) => Promise<unknown>): DueWork => ({
  query: sql`
    select distinct organization_id, organization_id as id from budget_reservations
    where status = 'held' and created_at < clock_timestamp() - make_interval(secs => ${sql.lit(settledSoonSeconds)})
  `,
  takeUp: (organizationId) => sweep(organizationId),
  failure: 'Budgets could not be swept; the next pass tries again',
})
