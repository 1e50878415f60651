import { routes } from '@neonhub/contract'
import { listEndpoints } from '../../../../webhooks/index.ts'
import { implement } from '../../../implement.ts'
import { toWebhookEndpoint } from '../../../to-webhook.ts'

export const listWebhookEndpoints = implement(routes.listWebhookEndpoints)(async ({ inTenant }) => {
  const endpoints = await inTenant(listEndpoints)
  return { status: 200, body: { endpoints: endpoints.map(toWebhookEndpoint) } }
})
