import { routes } from '@neonhub/contract'
import { asId } from '../../../../base/ids.ts'
import { listDeliveries } from '../../../../triggers/index.ts'
import { implement } from '../../../implement.ts'
import { toPage } from '../../../lists.ts'
import { toWebhookDelivery } from '../../../to-trigger.ts'

export const listWebhookDeliveries = implement(routes.listWebhookDeliveries)(async ({ query, inTenant }) => {
  const { limit, before, connection, status } = query
  const connectionId = connection === undefined ? undefined : asId<'connection'>(connection)
  const rows = await inTenant((tx) => listDeliveries(tx, { limit: limit + 1, before, connectionId, status }))
  const { items, nextBefore } = toPage(rows, limit)
  return { status: 200, body: { deliveries: items.map(toWebhookDelivery), nextBefore } }
})
