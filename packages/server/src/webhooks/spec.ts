import type { WebhookEventType } from '@neonhub/contract'
import type { WebhookAttemptId, WebhookEndpointId, WebhookMessageId } from '../base/ids.ts'

export type { WebhookEventType }
export type WebhookStatus = 'pending' | 'sending' | 'delivered' | 'failed'

/** Where an organization is told of what happens, without its secrets. */
export interface WebhookEndpoint {
  readonly id: WebhookEndpointId
  readonly url: string
  readonly eventTypes: readonly string[]
  readonly description: string
  readonly disabledAt: Date | undefined
  readonly disabledReason: string | undefined
  readonly failingSince: Date | undefined
  /** Until when the secret before the newest one signs as well. */
  readonly earlierSecretUntil: Date | undefined
  /** Messages that are not delivered yet. */
  readonly pending: number
  readonly createdBy: string
  readonly createdAt: Date
}

export interface SetEndpoint {
  readonly url: string
  readonly eventTypes: readonly string[]
  readonly description: string
}

/** One event for one endpoint. */
export interface WebhookMessage {
  readonly id: WebhookMessageId
  readonly endpointId: WebhookEndpointId
  readonly eventType: string
  readonly status: WebhookStatus
  readonly attempts: number
  /** Undefined where it is over. */
  readonly nextAt: Date | undefined
  readonly finishedAt: Date | undefined
  readonly createdAt: Date
}

export interface WebhookAttempt {
  readonly id: WebhookAttemptId
  readonly number: number
  readonly url: string
  readonly startedAt: Date
  /** Undefined while it is under way, or where its process died. */
  readonly durationMs: number | undefined
  readonly statusCode: number | undefined
  /** The first bytes of the answer. Text from outside. */
  readonly answer: string | undefined
  readonly error: string | undefined
}
