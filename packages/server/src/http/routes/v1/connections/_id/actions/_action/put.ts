import { routes } from '@neonhub/contract'
import { asId } from '../../../../../../../base/ids.ts'
import { configureAction as configure, listConfiguredActions } from '../../../../../../../runtime/index.ts'
import { implement } from '../../../../../../implement.ts'
import { orNotFound } from '../../../../../../lists.ts'
import { toConnectionAction } from '../../../../../../to-connection-action.ts'

export const configureAction = implement(routes.configureAction)(async ({ params, body, caller, inTenant, audit }) => {
  const { action } = params
  const connectionId = asId<'connection'>(params.id)
  const configured = await inTenant(async (tx) => {
    await configure(tx, { connectionId, action, ...body, price: body.price ?? null, actor: caller.name })
    const found = (await listConfiguredActions(tx, connectionId)).find((one) => one.action === action)
    // Names and no values, which may hold an address.
    const detail = {
      action,
      enabled: body.enabled,
      fixed: Object.keys(body.fixed),
      defaults: Object.keys(body.defaults),
      ...(body.price && { price: { ...body.price } }),
    }
    await audit(tx, { subject: `connection:${connectionId}`, detail })
    return found
  })
  return { status: 200, body: toConnectionAction(orNotFound(configured, 'action')) }
})
