import { routes } from '@neonhub/contract'
import { asId } from '../../../../../base/ids.ts'
import { getSchedule as readSchedule } from '../../../../../schedules/index.ts'
import { implement } from '../../../../implement.ts'
import { toSchedule } from '../../../../to-schedule.ts'

export const getSchedule = implement(routes.getSchedule)(async ({ params, inTenant }) => {
  const schedule = await inTenant((tx) => readSchedule(tx, asId(params.id)))
  return { status: 200, body: toSchedule(schedule) }
})
