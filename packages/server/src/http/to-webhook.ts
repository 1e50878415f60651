import type { WebhookEndpoint, WebhookMessage, WebhookMessageDetail } from '@neonhub/contract'
import { compact } from '../base/compact.ts'
import type {
  WebhookAttempt,
  WebhookEndpoint as StoredEndpoint,
  WebhookMessage as StoredMessage,
} from '../webhooks/index.ts'
import { JsonMembers } from './json-members.ts'
import type { ReadOnly } from './read-only.ts'

/** An endpoint as the contract shows it: never its secrets. */
export function toWebhookEndpoint(endpoint: StoredEndpoint): ReadOnly<WebhookEndpoint> {
  const { disabledAt, disabledReason, failingSince, earlierSecretUntil, createdAt, ...rest } = endpoint
  return {
    ...rest,
    status: disabledAt ? 'disabled' : failingSince ? 'failing' : 'enabled',
    ...compact({
      disabledReason,
      disabledAt: disabledAt?.toISOString(),
      failingSince: failingSince?.toISOString(),
      earlierSecretUntil: earlierSecretUntil?.toISOString(),
    }),
    createdAt: createdAt.toISOString(),
  }
}

/** Likewise a message. */
export function toWebhookMessage(message: StoredMessage): ReadOnly<WebhookMessage> {
  const { id, endpointId, eventType, status, attempts, nextAt, finishedAt, createdAt } = message
  const moments = { nextAt: nextAt?.toISOString(), finishedAt: finishedAt?.toISOString() }
  return { id, endpointId, eventType, status, attempts, ...compact(moments), createdAt: createdAt.toISOString() }
}

/** Likewise with its bytes and its attempts. */
export function toWebhookMessageDetail(
  message: StoredMessage & { readonly body: string; readonly history: readonly WebhookAttempt[] },
): ReadOnly<WebhookMessageDetail> {
  return {
    ...toWebhookMessage(message),
    body: JsonMembers.parse(JSON.parse(message.body)),
    history: message.history.map(({ id, number, url, startedAt, ...outcome }) => ({
      id,
      number,
      url,
      startedAt: startedAt.toISOString(),
      ...compact(outcome),
    })),
  }
}
