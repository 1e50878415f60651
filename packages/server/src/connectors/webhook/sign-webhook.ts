import { createHmac } from 'node:crypto'

/**
 * The headers of Standard Webhooks 1.0 (https://www.standardwebhooks.com): the signature is HMAC-SHA256 over
 * `id.timestamp.body`, its key the base64 behind `whsec_`, the timestamp that of the attempt in seconds since 1970.
 */
export function signWebhook({ id, sentAt, body, secret }: { id: string; sentAt: Date; body: string; secret: string }) {
  const timestamp = String(Math.floor(sentAt.getTime() / 1000))
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` }
}
