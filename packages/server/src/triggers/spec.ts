import type { RecordedError } from '../base/errors.ts'
import type { ConnectionId, DeliveryId, RunId, TriggerId } from '../base/ids.ts'

export type DeliveryStatus = 'pending' | 'processed' | 'ignored' | 'failed'
export type FiringStatus = 'planned' | 'started' | 'failed'

/** Which events start a run of which intent. */
export interface SetTrigger {
  readonly name: string
  readonly connectionId: ConnectionId
  readonly eventTypes: readonly string[]
  readonly agent: string
  readonly intent: string
  /** Slug. */
  readonly brand: string | undefined
  /** The run's input; `{{data.text}}` stands for what the event says there. */
  readonly input: unknown
  readonly isEnabled: boolean
}

export interface Trigger extends SetTrigger {
  readonly id: TriggerId
  readonly connection: string
  readonly createdBy: string
  readonly createdAt: Date
}

/** What a trigger made of an event. */
export interface Firing {
  readonly triggerId: TriggerId
  readonly trigger: string
  /** Who made the trigger: `user:ID`, `api_key:ID` or `cli`. */
  readonly createdBy: string
  readonly status: FiringStatus
  readonly agent: string
  readonly intent: string
  readonly brand: string | undefined
  readonly input: unknown
  readonly runId: RunId | undefined
  readonly error: RecordedError | undefined
}

/** An event that came in. */
export interface Delivery {
  readonly id: DeliveryId
  readonly connectionId: ConnectionId
  /** The connection's name. */
  readonly connection: string
  readonly eventId: string
  readonly eventType: string
  readonly occurredAt: Date
  readonly status: DeliveryStatus
  readonly error: RecordedError | undefined
  readonly finishedAt: Date | undefined
  readonly createdAt: Date
}
