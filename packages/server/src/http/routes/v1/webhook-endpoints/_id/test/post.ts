import { routes } from '@neonhub/contract'
import { asId } from '../../../../../../base/ids.ts'
import { findMessage, testEndpoint } from '../../../../../../webhooks/index.ts'
import { implement } from '../../../../../implement.ts'
import { orNotFound } from '../../../../../lists.ts'
import { toWebhookMessage } from '../../../../../to-webhook.ts'

export const testWebhookEndpoint = implement(routes.testWebhookEndpoint)(async (call) => {
  const { parts, caller, params, inTenant, audit, organization } = call
  const message = await inTenant(async (tx) => {
    const messageId = await testEndpoint(tx, { id: asId(params.id), requestedBy: caller.name })
    await audit(tx, { subject: `webhook_endpoint:${params.id}` })
    return messageId && findMessage(tx, messageId)
  })
  await parts.services.wakeEndpoint(organization().id, asId(params.id))
  return { status: 200, body: toWebhookMessage(orNotFound(message, 'message')) }
})
