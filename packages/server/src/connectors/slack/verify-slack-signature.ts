import { createHmac } from 'node:crypto'
import { isSameText } from '../_lib/same-text.ts'
import type { InboundRequest, SignatureVerdict } from '../spec.ts'
import type { SlackCredentials } from './schemas.ts'

/** Slack's own advice: https://docs.slack.dev/authentication/verifying-requests-from-slack */
const toleranceSeconds = 5 * 60

/**
 * Slack's scheme v0: hex of HMAC-SHA256 over `v0:timestamp:body`, and no older than five minutes. A repeated delivery is
 * signed anew, so one that comes days late is as fresh as any.
 */
export function verifySlackSignature(
  { headers, body }: InboundRequest,
  { credentials, now }: { readonly credentials: Pick<SlackCredentials, 'signingSecrets'>; readonly now: Date },
): SignatureVerdict {
  const timestamp = headers['x-slack-request-timestamp'] ?? ''
  const signature = headers['x-slack-signature'] ?? ''
  if (!/^\d{1,12}$/.test(timestamp)) return 'forged'
  const isGenuine = (credentials.signingSecrets ?? [])
    .map((secret) => `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:`).update(body).digest('hex')}`)
    .map((expected) => isSameText(expected, signature))
    .includes(true)
  if (!isGenuine) return 'forged'
  return Math.abs(now.getTime() / 1000 - Number(timestamp)) <= toleranceSeconds ? 'genuine' : 'stale'
}
