import type { Trigger, WebhookDelivery, WebhookDeliveryDetail } from '@neonhub/contract'
import { compact } from '../base/compact.ts'
import type { Delivery, Firing, Trigger as StoredTrigger } from '../triggers/index.ts'
import { JsonMembers } from './json-members.ts'
import type { ReadOnly } from './read-only.ts'

/** A trigger as the contract shows it. */
export function toTrigger({ brand, createdAt, ...trigger }: StoredTrigger): ReadOnly<Trigger> {
  return { ...trigger, ...compact({ brand }), createdAt: createdAt.toISOString() }
}

/** Likewise an event that came in. */
export function toWebhookDelivery(delivery: Delivery): ReadOnly<WebhookDelivery> {
  const { id, connectionId, connection, eventId, eventType, occurredAt, status, error, finishedAt, createdAt } =
    delivery
  return {
    id,
    connectionId,
    connection,
    eventId,
    eventType,
    occurredAt: occurredAt.toISOString(),
    status,
    ...compact({ error, finishedAt: finishedAt?.toISOString() }),
    createdAt: createdAt.toISOString(),
  }
}

/** Likewise with what it says, and what triggers made of it. */
export function toWebhookDeliveryDetail(
  delivery: Delivery & { readonly data: unknown },
  firings: readonly Firing[],
): ReadOnly<WebhookDeliveryDetail> {
  return {
    ...toWebhookDelivery(delivery),
    data: JsonMembers.parse(delivery.data),
    firings: firings.map(({ brand, runId, error, ...firing }) => ({ ...firing, ...compact({ brand, runId, error }) })),
  }
}
