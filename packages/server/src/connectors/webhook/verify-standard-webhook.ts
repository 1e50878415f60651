import { webhookSignature } from '../../base/sign-webhook.ts'
import { isSameText } from '../_lib/same-text.ts'
import type { InboundRequest, SignatureVerdict } from '../spec.ts'
import type { WebhookCredentials } from './schemas.ts'

/** What the libraries of Standard Webhooks allow, either way. */
const toleranceSeconds = 5 * 60
/** A sender that changes its secret signs twice; more than a handful is somebody who tries. */
const mostSignatures = 10

/**
 * Standard Webhooks 1.0: one of the signatures fits one of the secrets, and the timestamp is within five minutes. It is
 * that of the attempt, so an event which comes days late is signed anew and as fresh as any.
 */
export function verifyStandardWebhook(
  { headers, body }: InboundRequest,
  { credentials, now }: { readonly credentials: Pick<WebhookCredentials, 'signingSecrets'>; readonly now: Date },
): SignatureVerdict {
  const id = headers['webhook-id'] ?? ''
  const timestamp = headers['webhook-timestamp'] ?? ''
  const given = (headers['webhook-signature'] ?? '')
    .split(' ')
    .slice(0, mostSignatures)
    .filter((signature) => signature.startsWith('v1,'))
  if (id === '' || !/^\d{1,12}$/.test(timestamp)) return 'forged'
  const isGenuine = (credentials.signingSecrets ?? [])
    .map((secret) => `v1,${webhookSignature({ id, timestamp, body, secret })}`)
    .flatMap((expected) => given.map((signature) => isSameText(expected, signature)))
    .includes(true)
  if (!isGenuine) return 'forged'
  return Math.abs(now.getTime() / 1000 - Number(timestamp)) <= toleranceSeconds ? 'genuine' : 'stale'
}
