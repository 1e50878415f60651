import { z } from 'zod'
import { isStorableText } from '../../base/storable-text.ts'
import { inboundUnreadable } from '../_lib/inbound-error.ts'
import { parseJsonBody } from '../_lib/parse-json-body.ts'
import type { InboundMessage, InboundRequest } from '../spec.ts'

/** The recommended body; whatever else is sent is data as a whole. */
const Recommended = z.object({
  type: z.string().min(1).max(200).refine(isStorableText),
  timestamp: z.iso.datetime({ offset: true }).optional(),
  data: z.record(z.string(), z.json()),
})

/** Reads an event of Standard Webhooks: its id is a header, the rest stands in the body. */
export function parseStandardWebhook({ headers, body }: InboundRequest): InboundMessage {
  const id = headers['webhook-id'] ?? ''
  if (id.length > 255 || !isStorableText(id)) throw inboundUnreadable('its webhook-id is longer than 255 characters')
  const whole = parseJsonBody(body)
  const signedAt = new Date(Number(headers['webhook-timestamp']) * 1000)
  const recommended = Recommended.safeParse(whole)
  if (!recommended.success) return { kind: 'event', id, type: 'event', occurredAt: signedAt, data: whole }
  const { type, timestamp, data } = recommended.data
  return { kind: 'event', id, type, occurredAt: timestamp === undefined ? signedAt : new Date(timestamp), data }
}
