import type { Clock } from '../../base/clock.ts'
import { birthOf } from '../../base/birth-of.ts'
import { ConnectorError } from '../spec.ts'
import type { DeliverInput } from './schemas.ts'

/** The largest body: what common gateways take (an AWS API message, a Cloudflare queue) without a further setting. */
const maxBodyBytes = 256 * 1024

/**
 * The bytes of an event. Its timestamp stays that of the execution over every attempt, so that a receiver which compares
 * bodies under one `webhook-id` finds them equal. Throws `connectors.webhook_too_large`.
 */
export function webhookBody(call: { idempotencyKey: string; clock: Clock }, input: DeliverInput): string {
  const happenedAt = input.scheduledAt ?? (birthOf(call.idempotencyKey) ?? call.clock.now()).toISOString()
  const body = JSON.stringify({ type: input.type, timestamp: happenedAt, data: input.data })
  const size = Buffer.byteLength(body)
  if (size <= maxBodyBytes) return body
  throw new ConnectorError('connectors.webhook_too_large', `The event has ${size} bytes; ${maxBodyBytes} are allowed`, {
    kind: 'too_large',
    effect: 'none',
    hint: 'Send an id or a link in place of the whole data.',
  })
}
