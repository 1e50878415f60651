import type { DeliverInput, DeliverOutput, WebhookSandboxCall } from './schemas.ts'
import { webhookBody } from './webhook-body.ts'
import { webhookRefusal } from './webhook-refusal.ts'

/** Receivers of the sandbox that refuse, so that an agent's failures can be tried out. Every other one answers 200. */
const refusals: ReadonlyMap<string, { status: number; retryAfterMs?: number }> = new Map([
  ['gone.example', { status: 410 }],
  ['refuse.example', { status: 400 }],
  ['busy.example', { status: 429, retryAfterMs: 1000 }],
  ['down.example', { status: 503 }],
])

/** Keeps the event in the organization's outbox, once for each `webhook-id`. */
export async function sandboxDeliver(call: WebhookSandboxCall, input: DeliverInput): Promise<DeliverOutput> {
  // The sandbox's own settings have one.
  const { url = 'https://receiver.example/events' } = call.settings
  const body = webhookBody(call, input)
  const refusal = refusals.get(new URL(url).hostname)
  if (refusal) throw webhookRefusal(refusal.status, refusal.retryAfterMs)
  await call.store.putOnce('outbox', call.idempotencyKey, { url, body, sentAt: call.clock.now().toISOString() })
  return { status: 200, body: '' }
}
