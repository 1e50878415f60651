import { routes } from '@neonhub/contract'
import { asId } from '../../../../../../base/ids.ts'
import { rotateSecret } from '../../../../../../webhooks/index.ts'
import { implement } from '../../../../../implement.ts'
import { toWebhookEndpoint } from '../../../../../to-webhook.ts'

const hourMs = 3_600_000

export const rotateWebhookSecret = implement(routes.rotateWebhookSecret)(async (call) => {
  const { parts, params, body, inTenant, audit } = call
  const { overlapHours } = body
  const { endpoint, secret } = await inTenant(async (tx) => {
    const rotated = await rotateSecret(tx, parts.masterKey, { id: asId(params.id), overlapMs: overlapHours * hourMs })
    await audit(tx, { subject: `webhook_endpoint:${params.id}`, detail: { overlapHours } })
    return rotated
  })
  return { status: 200, body: { endpoint: toWebhookEndpoint(endpoint), secret } }
})
