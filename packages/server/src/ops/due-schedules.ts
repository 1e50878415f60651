import { asId, type OrganizationId, type ScheduleId } from '../base/ids.ts'
import { sql } from '../db/index.ts'
import { dueLimit, type DueWork } from './take-up-due.ts'

/** The schedules whose time has come. `fire` looks again under the schedule's lock. */
export const dueSchedules = (
  fire: (organizationId: OrganizationId, scheduleId: ScheduleId) => Promise<void>,
): DueWork => ({
  query: sql`
    select organization_id, id from schedules
    where enabled and next_at <= now()
    order by next_at limit ${sql.lit(dueLimit)}
  `,
  takeUp: (organizationId, id) => fire(organizationId, asId(id)),
  failure: 'A schedule could not be fired; the next pass tries again',
})
