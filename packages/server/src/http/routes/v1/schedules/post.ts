import { routes } from '@neonhub/contract'
import { addSchedule } from '../../../../schedules/index.ts'
import { implement } from '../../../implement.ts'
import { toSchedule } from '../../../to-schedule.ts'

export const createSchedule = implement(routes.createSchedule)(async ({ parts, caller, body, inTenant, audit }) => {
  const asked = { ...body, brand: body.brand, createdBy: caller.name }
  const schedule = await inTenant(async (tx) => {
    const added = await addSchedule(tx, parts.services.agents, asked)
    const { name, agent, intent, cron, timeZone } = added
    await audit(tx, { subject: `schedule:${added.id}`, detail: { name, agent, intent, cron, timeZone } })
    return added
  })
  return { status: 201, body: toSchedule(schedule) }
})
