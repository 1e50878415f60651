import { routes } from '@neonhub/contract'
import { asId } from '../../../../../base/ids.ts'
import { deleteSchedule as removeSchedule, getSchedule } from '../../../../../schedules/index.ts'
import { implement } from '../../../../implement.ts'
import { toSchedule } from '../../../../to-schedule.ts'

export const deleteSchedule = implement(routes.deleteSchedule)(async ({ params, inTenant, audit }) => {
  const schedule = await inTenant(async (tx) => {
    const found = await getSchedule(tx, asId(params.id))
    await removeSchedule(tx, found.id)
    await audit(tx, { subject: `schedule:${found.id}`, detail: { name: found.name } })
    return found
  })
  return { status: 200, body: toSchedule(schedule) }
})
