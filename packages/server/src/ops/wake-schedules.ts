import { messageOf } from '../base/errors.ts'
import { asId, type OrganizationId, type ScheduleId } from '../base/ids.ts'
import type { Logger } from '../base/log.ts'
import { type Database, sql } from '../db/index.ts'
import { withSystem } from '../db/system.ts'

/** How many schedules are fired in one pass; the next pass takes the next ones. */
const limit = 200

/**
 * Finds, in all organizations, the schedules that are due by the database's clock, and hands each to `fire`, which looks
 * again inside the organization, under the schedule's lock. One indexed query a pass.
 */
export async function wakeSchedules(
  database: Database,
  {
    fire,
    logger,
  }: {
    readonly fire: (organizationId: OrganizationId, scheduleId: ScheduleId) => Promise<void>
    readonly logger: Logger
  },
): Promise<void> {
  const { rows } = await withSystem(database, (tx) =>
    sql<{ organization_id: string; id: string }>`
      select organization_id, id from schedules
      where enabled and next_at <= now()
      order by next_at limit ${limit}
    `.execute(tx),
  )
  for (const row of rows) {
    const scheduleId: ScheduleId = asId(row.id)
    await fire(asId(row.organization_id), scheduleId).catch((error: unknown) =>
      logger.warn({ scheduleId, error: messageOf(error) }, 'A schedule could not be fired; the next pass tries again'),
    )
  }
}
