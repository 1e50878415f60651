import type { QueueTiming } from '../src/queue/index.ts'

/** A queue that takes a tenth of its usual time to lose patience, so that a test need not wait. */
export const impatient: Partial<QueueTiming> = {
  heartbeatMs: 200,
  abandonedMs: 800,
  patienceMs: 200,
  reconcileMs: 300,
  graceMs: 1_000,
  abortMs: 500,
}
