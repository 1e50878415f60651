import { asId, type EvalId, type OrganizationId } from '../base/ids.ts'
import { sql } from '../db/index.ts'
import { dueLimit, type DueWork } from './take-up-due.ts'

/**
 * The evals that no job carries on: their slice is over, their worker fell silent, or what they waited for may be there.
 */
export const dueEvals = (wake: (organizationId: OrganizationId, evalId: EvalId) => Promise<void>): DueWork => ({
  query: sql`
    select organization_id, id from eval_runs
    where status = 'running' and wake_at <= clock_timestamp()
    order by wake_at limit ${sql.lit(dueLimit)}
  `,
  takeUp: (organizationId, id) => wake(organizationId, asId(id)),
  failure: 'An eval could not be woken; the next pass tries again',
})
