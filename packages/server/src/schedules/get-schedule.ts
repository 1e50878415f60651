import { NeonHubError } from '../base/errors.ts'
import type { ScheduleId } from '../base/ids.ts'
import type { TenantTx } from '../db/index.ts'
import type { Schedule } from './spec.ts'
import { findSchedule } from './sql/schedules.ts'

/** Throws `schedules.not_found`, for a foreign id as for an absent one. */
export async function getSchedule(tx: TenantTx, id: ScheduleId): Promise<Schedule> {
  const schedule = await findSchedule(tx, id)
  if (schedule) return schedule
  throw new NeonHubError('schedules.not_found', 'There is no such schedule', {
    kind: 'not_found',
    hint: 'neonhub schedules lists them.',
  })
}
