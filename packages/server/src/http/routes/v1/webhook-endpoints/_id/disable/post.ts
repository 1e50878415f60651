import { routes } from '@neonhub/contract'
import { asId } from '../../../../../../base/ids.ts'
import { changeEndpoint } from '../../../../../../webhooks/index.ts'
import { implement } from '../../../../../implement.ts'
import { toWebhookEndpoint } from '../../../../../to-webhook.ts'

export const disableWebhookEndpoint = implement(routes.disableWebhookEndpoint)(async (call) => {
  const { caller, params, body, inTenant, audit } = call
  const reason = body.reason ?? `Disabled by ${caller.name}`
  const endpoint = await inTenant(async (tx) => {
    const changed = await changeEndpoint(tx, asId(params.id), { disabledReason: reason })
    await audit(tx, { subject: `webhook_endpoint:${params.id}`, detail: { reason } })
    return changed
  })
  return { status: 200, body: toWebhookEndpoint(endpoint) }
})
