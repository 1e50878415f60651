import { routes } from '@neonhub/contract'
import { asId } from '../../../../../base/ids.ts'
import { findMessage } from '../../../../../webhooks/index.ts'
import { implement } from '../../../../implement.ts'
import { orNotFound } from '../../../../lists.ts'
import { toWebhookMessageDetail } from '../../../../to-webhook.ts'

export const getWebhookMessage = implement(routes.getWebhookMessage)(async ({ params, inTenant }) => {
  const message = await inTenant((tx) => findMessage(tx, asId(params.id)))
  return { status: 200, body: toWebhookMessageDetail(orNotFound(message, 'message')) }
})
