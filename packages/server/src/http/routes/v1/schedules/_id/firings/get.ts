import { routes } from '@neonhub/contract'
import { asId } from '../../../../../../base/ids.ts'
import { compact } from '../../../../../../base/compact.ts'
import { getSchedule, listFirings } from '../../../../../../schedules/index.ts'
import { implement } from '../../../../../implement.ts'
import { toScheduleFiring } from '../../../../../to-schedule.ts'

export const listScheduleFirings = implement(routes.listScheduleFirings)(async ({ params, query, inTenant }) => {
  const { limit, before } = query
  const rows = await inTenant(async (tx) => {
    const { id } = await getSchedule(tx, asId(params.id))
    const until = before === undefined ? undefined : new Date(before)
    return listFirings(tx, { scheduleId: id, limit: limit + 1, ...compact({ before: until }) })
  })
  const firings = rows.slice(0, limit)
  const nextBefore = rows.length > limit ? firings.at(-1)?.dueAt.toISOString() : undefined
  return { status: 200, body: { firings: firings.map(toScheduleFiring), ...compact({ nextBefore }) } }
})
