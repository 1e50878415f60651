import { routes } from '@neonhub/contract'
import { asId } from '../../../../../../base/ids.ts'
import { changeEndpoint } from '../../../../../../webhooks/index.ts'
import { implement } from '../../../../../implement.ts'
import { toWebhookEndpoint } from '../../../../../to-webhook.ts'

export const enableWebhookEndpoint = implement(routes.enableWebhookEndpoint)(async (call) => {
  const { parts, params, inTenant, audit, organization } = call
  const endpoint = await inTenant(async (tx) => {
    const changed = await changeEndpoint(tx, asId(params.id), { disabledReason: undefined })
    await audit(tx, { subject: `webhook_endpoint:${params.id}` })
    return changed
  })
  await parts.services.wakeEndpoint(organization().id, endpoint.id)
  return { status: 200, body: toWebhookEndpoint(endpoint) }
})
