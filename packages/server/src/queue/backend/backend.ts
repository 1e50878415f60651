import type { JobId, OrganizationId } from '../../base/ids.ts'
import type { QueueHealth, QueueName } from '../spec.ts'

/** A job as a backend holds it: where its row is, and nothing of what it says. */
export interface QueueEntry {
  readonly organizationId: OrganizationId
  readonly jobId: JobId
  /** How often the row had been started when this entry was made; each start that was lost needs an entry of its own. */
  readonly attempts: number
  readonly delayMs: number
}

/** What takes entries from a queue and hands them to `work`. */
export interface Consumer {
  /** Takes no more entries and resolves once those in flight are over. */
  readonly close: () => Promise<void>
  /** Lets go of connections without waiting for what is in flight. */
  readonly disconnect: () => Promise<void>
}

/** Where entries wait. An entry that is there already, by job and attempts, is not added again. */
export interface Backend {
  readonly kind: QueueHealth['backend']
  readonly add: (queue: QueueName, entries: readonly QueueEntry[]) => Promise<void>
  /**
   * Adds entries whose rows nobody has started although they are due. One that a worker has taken counts as lost with it:
   * it died, or was cut off, between taking the entry and starting the row.
   */
  readonly putBack: (queue: QueueName, entries: readonly QueueEntry[]) => Promise<void>
  readonly consume: (
    queue: QueueName,
    work: (entry: Pick<QueueEntry, 'organizationId' | 'jobId'>) => Promise<void>,
    options: { readonly concurrency: number },
  ) => Consumer
  readonly count: (
    queue: QueueName,
  ) => Promise<{ readonly waiting: number; readonly active: number; readonly delayed: number }>
  readonly close: () => Promise<void>
}
