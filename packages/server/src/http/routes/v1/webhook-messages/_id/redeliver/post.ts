import { routes } from '@neonhub/contract'
import { asId } from '../../../../../../base/ids.ts'
import { findMessage, redeliver } from '../../../../../../webhooks/index.ts'
import { implement } from '../../../../../implement.ts'
import { orNotFound } from '../../../../../lists.ts'
import { toWebhookMessage } from '../../../../../to-webhook.ts'

export const redeliverWebhookMessage = implement(routes.redeliverWebhookMessage)(async (call) => {
  const { parts, params, inTenant, audit, organization } = call
  const message = await inTenant(async (tx) => {
    await redeliver(tx, asId(params.id))
    await audit(tx, { subject: `webhook_message:${params.id}` })
    return findMessage(tx, asId(params.id))
  })
  const found = orNotFound(message, 'message')
  await parts.services.wakeEndpoint(organization().id, found.endpointId)
  return { status: 200, body: toWebhookMessage(found) }
})
