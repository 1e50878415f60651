import { routes } from '@neonhub/contract'
import { asId } from '../../../../../base/ids.ts'
import { liftSuppression } from '../../../../../people/index.ts'
import { implement } from '../../../../implement.ts'
import { orNotFound } from '../../../../lists.ts'
import { toSuppression } from '../../../../to-person.ts'

export const deleteSuppression = implement(routes.deleteSuppression)(async ({ params, caller, inTenant, audit }) => {
  const lifted = await inTenant(async (tx) => {
    const suppression = await liftSuppression(tx, { id: asId(params.id), actor: caller.name })
    if (suppression) {
      const { id, channel, reason } = suppression
      await audit(tx, { subject: `suppression:${id}`, detail: { channel, reason } })
    }
    return suppression
  })
  return { status: 200, body: toSuppression(orNotFound(lifted, 'suppression')) }
})
