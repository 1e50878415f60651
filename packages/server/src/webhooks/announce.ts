import { type JsonObject } from '../base/json.ts'
import { newId, type WebhookEndpointId, type WebhookMessageId } from '../base/ids.ts'
import { type TenantTx } from '../db/index.ts'
import type { WebhookEventType } from './spec.ts'
import { insertMessages, listListeners } from './sql/messages.ts'

/**
 * Writes an event for each endpoint that listens to it, in the transaction of its cause: there is never one without the
 * other. `describe` is asked for the facts only where somebody listens. Facts are ids, names and states: what agents
 * wrote and whom they wrote to is read through the API, by whoever may.
 */
export async function announce(
  tx: TenantTx,
  type: WebhookEventType,
  describe: () => Promise<JsonObject | undefined>,
): Promise<void> {
  const endpointIds = await listListeners(tx, type)
  if (endpointIds.length === 0) return
  const data = await describe()
  if (data) await writeMessages(tx, { endpointIds, type, data })
}

/** Writes one event for these endpoints; returns the messages' ids in their order. */
export async function writeMessages(
  tx: TenantTx,
  {
    endpointIds,
    type,
    data,
  }: {
    readonly endpointIds: readonly WebhookEndpointId[]
    readonly type: WebhookEventType
    readonly data: JsonObject
  },
): Promise<readonly WebhookMessageId[]> {
  const body = JSON.stringify({ type, timestamp: new Date().toISOString(), data })
  const messages = endpointIds.map((endpointId) => ({ id: newId<'webhook_message'>(), endpointId, type, body }))
  await insertMessages(tx, messages)
  return messages.map(({ id }) => id)
}
