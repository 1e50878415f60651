import { routes } from '@neonhub/contract'
import { asId } from '../../../../../../base/ids.ts'
import { findDelivery, retryDelivery } from '../../../../../../triggers/index.ts'
import { implement } from '../../../../../implement.ts'
import { orNotFound } from '../../../../../lists.ts'
import { toWebhookDelivery } from '../../../../../to-trigger.ts'

export const retryWebhookDelivery = implement(routes.retryWebhookDelivery)(async (call) => {
  const { parts, params, inTenant, audit, organization } = call
  const { jobId, delivery } = await inTenant(async (tx) => {
    const job = await retryDelivery(tx, asId(params.id))
    await audit(tx, { subject: `webhook_delivery:${params.id}` })
    return { jobId: job, delivery: await findDelivery(tx, asId(params.id)) }
  })
  await parts.services.dispatchDelivery(organization().id, jobId)
  return { status: 200, body: toWebhookDelivery(orNotFound(delivery, 'delivery')) }
})
