import { routes } from '@neonhub/contract'
import { listSchedules as readSchedules } from '../../../../schedules/index.ts'
import { implement } from '../../../implement.ts'
import { toSchedule } from '../../../to-schedule.ts'

export const listSchedules = implement(routes.listSchedules)(async ({ inTenant }) => {
  const schedules = await inTenant(readSchedules)
  return { status: 200, body: { schedules: schedules.map(toSchedule) } }
})
