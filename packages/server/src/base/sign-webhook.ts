import { createHmac } from 'node:crypto'

/** What Standard Webhooks signs: HMAC-SHA256 over `id.timestamp.body`, its key the base64 behind `whsec_`, in base64. */
export function webhookSignature({
  id,
  timestamp,
  body,
  secret,
}: {
  readonly id: string
  readonly timestamp: string
  readonly body: string | Uint8Array
  readonly secret: string
}): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  return createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')
}

/**
 * The headers of Standard Webhooks 1.0 (https://www.standardwebhooks.com). The timestamp is that of the attempt, in
 * seconds since 1970. While a secret is changed there are two, and a signature by each: the receiver needs one of them.
 */
export function signWebhook({
  id,
  sentAt,
  body,
  secrets,
}: {
  readonly id: string
  readonly sentAt: Date
  readonly body: string
  readonly secrets: readonly string[]
}) {
  const timestamp = String(Math.floor(sentAt.getTime() / 1000))
  const signatures = secrets.map((secret) => `v1,${webhookSignature({ id, timestamp, body, secret })}`)
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') }
}
