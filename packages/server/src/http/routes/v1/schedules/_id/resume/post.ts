import { routes } from '@neonhub/contract'
import { asId } from '../../../../../../base/ids.ts'
import { enableSchedule } from '../../../../../../schedules/index.ts'
import { implement } from '../../../../../implement.ts'
import { toSchedule } from '../../../../../to-schedule.ts'

export const resumeSchedule = implement(routes.resumeSchedule)(async ({ params, inTenant, audit }) => {
  const schedule = await inTenant(async (tx) => {
    const changed = await enableSchedule(tx, asId(params.id), true)
    await audit(tx, { subject: `schedule:${changed.id}`, detail: { name: changed.name } })
    return changed
  })
  return { status: 200, body: toSchedule(schedule) }
})
