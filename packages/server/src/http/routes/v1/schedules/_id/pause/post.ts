import { routes } from '@neonhub/contract'
import { asId } from '../../../../../../base/ids.ts'
import { enableSchedule } from '../../../../../../schedules/index.ts'
import { implement } from '../../../../../implement.ts'
import { toSchedule } from '../../../../../to-schedule.ts'

export const pauseSchedule = implement(routes.pauseSchedule)(async ({ params, inTenant, audit }) => {
  const schedule = await inTenant(async (tx) => {
    const changed = await enableSchedule(tx, asId(params.id), false)
    await audit(tx, { subject: `schedule:${changed.id}`, detail: { name: changed.name } })
    return changed
  })
  return { status: 200, body: toSchedule(schedule) }
})
