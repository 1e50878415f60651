import type { QueueTiming } from '../../../src/queue/index.ts'
import { defaultTiming } from '../../../src/queue/timing.ts'

/** The lease of a worker that is not told another. */
export const usualLeaseMs = 10_000

/** The queue's usual patience for the usual lease, and as much less for a shorter one. */
export function timingFor(leaseMs: number): Partial<QueueTiming> {
  const share = leaseMs / usualLeaseMs
  return {
    heartbeatMs: defaultTiming.heartbeatMs * share,
    abandonedMs: defaultTiming.abandonedMs * share,
    patienceMs: defaultTiming.patienceMs * share,
    reconcileMs: defaultTiming.reconcileMs * share,
    roomMs: defaultTiming.roomMs * share,
    aloneMs: defaultTiming.aloneMs * share,
  }
}
