import { routes } from '@neonhub/contract'
import { asId } from '../../../../../base/ids.ts'
import { deleteEndpoint, getEndpoint } from '../../../../../webhooks/index.ts'
import { implement } from '../../../../implement.ts'
import { toWebhookEndpoint } from '../../../../to-webhook.ts'

export const deleteWebhookEndpoint = implement(routes.deleteWebhookEndpoint)(async ({ params, inTenant, audit }) => {
  const endpoint = await inTenant(async (tx) => {
    const found = await getEndpoint(tx, asId(params.id))
    await deleteEndpoint(tx, found.id)
    await audit(tx, { subject: `webhook_endpoint:${found.id}`, detail: { host: new URL(found.url).host } })
    return found
  })
  return { status: 200, body: toWebhookEndpoint(endpoint) }
})
