import { routes } from '@neonhub/contract'
import { asId } from '../../../../../../base/ids.ts'
import { implement } from '../../../../../implement.ts'

export const backfillSchedule = implement(routes.backfillSchedule)(async (call) => {
  const { parts, params, body, organization, audit } = call
  const range = { from: new Date(body.from), to: new Date(body.to) }
  const asked = { id: asId<'schedule'>(params.id), ...range }
  const result = await parts.services.backfillSchedule(organization().id, asked, (tx, times) =>
    audit(tx, { subject: `schedule:${params.id}`, detail: { ...body, times } }),
  )
  return { status: 200, body: result }
})
