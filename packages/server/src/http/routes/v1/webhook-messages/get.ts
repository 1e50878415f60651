import { routes } from '@neonhub/contract'
import { asId } from '../../../../base/ids.ts'
import { listMessages } from '../../../../webhooks/index.ts'
import { implement } from '../../../implement.ts'
import { toPage } from '../../../lists.ts'
import { toWebhookMessage } from '../../../to-webhook.ts'

export const listWebhookMessages = implement(routes.listWebhookMessages)(async ({ query, inTenant }) => {
  const { limit, before, endpoint, status } = query
  const endpointId = endpoint === undefined ? undefined : asId<'webhook_endpoint'>(endpoint)
  const rows = await inTenant((tx) => listMessages(tx, { limit: limit + 1, before, endpointId, status }))
  const { items, nextBefore } = toPage(rows, limit)
  return { status: 200, body: { messages: items.map(toWebhookMessage), nextBefore } }
})
