import { routes } from '@neonhub/contract'
import { asId } from '../../../../../base/ids.ts'
import { changeEndpoint } from '../../../../../webhooks/index.ts'
import { implement } from '../../../../implement.ts'
import { toWebhookEndpoint } from '../../../../to-webhook.ts'

export const updateWebhookEndpoint = implement(routes.updateWebhookEndpoint)(async (call) => {
  const { parts, params, body, inTenant, audit } = call
  parts.services.checkUrl(body.url)
  const endpoint = await inTenant(async (tx) => {
    const changed = await changeEndpoint(tx, asId(params.id), body)
    const detail = { host: new URL(body.url).host, eventTypes: body.eventTypes }
    await audit(tx, { subject: `webhook_endpoint:${params.id}`, detail })
    return changed
  })
  return { status: 200, body: toWebhookEndpoint(endpoint) }
})
