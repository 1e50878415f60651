import { z } from 'zod'

const eventType = 'neonhub_tool_execution'

/** Message metadata (https://docs.slack.dev/messaging/message-metadata): people do not see it, the API gives it back. */
export function metadataFor(idempotencyKey: string) {
  return { event_type: eventType, event_payload: { idempotency_key: idempotencyKey } }
}

const OwnMessage = z.object({
  ts: z.string(),
  metadata: z.object({ event_type: z.literal(eventType), event_payload: z.object({ idempotency_key: z.string() }) }),
})

/** The ts of a message that carries this key; undefined for every other message. */
export function tsOfOwnMessage(message: unknown, idempotencyKey: string): string | undefined {
  const result = OwnMessage.safeParse(message)
  if (!result.success) return undefined
  return result.data.metadata.event_payload.idempotency_key === idempotencyKey ? result.data.ts : undefined
}
