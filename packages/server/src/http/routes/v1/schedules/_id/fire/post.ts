import { routes } from '@neonhub/contract'
import { asId } from '../../../../../../base/ids.ts'
import { implement } from '../../../../../implement.ts'
import { toScheduleFiring } from '../../../../../to-schedule.ts'

export const fireSchedule = implement(routes.fireSchedule)(async ({ parts, params, organization, audit }) => {
  const id = asId<'schedule'>(params.id)
  const firing = await parts.services.fireSchedule(organization().id, id, (tx, { status, runId }) =>
    audit(tx, { subject: `schedule:${id}`, detail: { status, runId: runId ?? null } }),
  )
  return { status: 200, body: toScheduleFiring(firing) }
})
