import { routes } from '@neonhub/contract'
import { addEndpoint } from '../../../../webhooks/index.ts'
import { implement } from '../../../implement.ts'
import { toWebhookEndpoint } from '../../../to-webhook.ts'

export const createWebhookEndpoint = implement(routes.createWebhookEndpoint)(async (call) => {
  const { parts, caller, body, inTenant, audit } = call
  parts.services.checkUrl(body.url)
  const { endpoint, secret } = await inTenant(async (tx) => {
    const added = await addEndpoint(tx, parts.masterKey, { ...body, createdBy: caller.name })
    // The whole address may hold a token of the receiver's.
    const detail = { host: new URL(body.url).host, eventTypes: body.eventTypes }
    await audit(tx, { subject: `webhook_endpoint:${added.endpoint.id}`, detail })
    return added
  })
  return { status: 201, body: { endpoint: toWebhookEndpoint(endpoint), secret } }
})
