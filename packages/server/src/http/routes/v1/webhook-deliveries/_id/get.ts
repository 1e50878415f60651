import { routes } from '@neonhub/contract'
import { asId } from '../../../../../base/ids.ts'
import { findDelivery, listFirings } from '../../../../../triggers/index.ts'
import { implement } from '../../../../implement.ts'
import { orNotFound } from '../../../../lists.ts'
import { toWebhookDeliveryDetail } from '../../../../to-trigger.ts'

export const getWebhookDelivery = implement(routes.getWebhookDelivery)(async ({ params, inTenant }) => {
  const body = await inTenant(async (tx) => {
    const delivery = orNotFound(await findDelivery(tx, asId(params.id)), 'delivery')
    return toWebhookDeliveryDetail(delivery, await listFirings(tx, delivery.id))
  })
  return { status: 200, body }
})
