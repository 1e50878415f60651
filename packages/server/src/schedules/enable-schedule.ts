import type { ScheduleId } from '../base/ids.ts'
import type { TenantTx } from '../db/index.ts'
import { getSchedule } from './get-schedule.ts'
import type { Schedule } from './spec.ts'
import { takeSchedule, updateSchedule } from './sql/schedules.ts'
import { openTimetable } from './timetable.ts'

/**
 * Pauses a schedule, or lets it go on from the next time that is to come: what went by meanwhile was not missed. Throws
 * `schedules.not_found`.
 */
export async function enableSchedule(tx: TenantTx, id: ScheduleId, enabled: boolean): Promise<Schedule> {
  const taken = await takeSchedule(tx, id, { ifDue: false })
  const schedule = await getSchedule(tx, id)
  if (!taken || schedule.enabled === enabled) return schedule
  await updateSchedule(tx, id, { enabled, nextAt: enabled ? openTimetable(schedule).next(taken.now) : undefined })
  return getSchedule(tx, id)
}
