import type { OrganizationId, RunId } from '../base/ids.ts'
import { messageOf } from '../base/errors.ts'
import { withTenant } from '../db/index.ts'
import type { RuntimeContext } from './attempt.ts'
import { executeAttempt } from './execute-attempt.ts'
import { cancelReason } from './suspension.ts'
import { finishCancelling } from './sql/cancel-run.ts'
import { claimRun, findLeaseRemainingMs, releaseRun, type RunLease } from './sql/claim-run.ts'
import { renewLeases } from './sql/renew-leases.ts'

/** How many times a lease is renewed within its length. */
const renewalsPerLease = 3
/** A lease that lapses just after it was looked at. */
const marginMs = 50

/**
 * Works a queued run: takes its lease, runs it once with the lease renewed beside it, and gives the lease back. Where
 * another holder's lease has not lapsed yet, waits for that once, since the holder may have died; where the holder
 * renewed it, it lives, and the job is done with.
 */
export async function runJob(
  runtime: RuntimeContext,
  { organizationId, runId }: { readonly organizationId: OrganizationId; readonly runId: RunId },
  signal: AbortSignal,
): Promise<void> {
  const lease =
    (await claim(runtime, organizationId, runId)) ?? (await claimLater(runtime, { organizationId, runId }, signal))
  if (!lease) return
  const controller = new AbortController()
  const stop = AbortSignal.any([signal, controller.signal])
  const stopRenewing = startRenewing(runtime, { organizationId, lease, controller })
  try {
    const { end } = await executeAttempt(runtime, organizationId, lease, stop)
    // The job fails, and once the lease has lapsed `wakeRun` hands the run on.
    if (end.kind === 'interrupted') throw end.error
  } finally {
    stopRenewing()
  }
  if (!signal.aborted) return
  await withTenant(runtime.database, organizationId, (tx) => releaseRun(tx, lease))
  // The job is not done with: thrown so that the queue hands it on.
  throw signal.reason
}

async function claim(
  { database, workerId, leaseMs }: RuntimeContext,
  organizationId: OrganizationId,
  runId: RunId,
): Promise<RunLease | undefined> {
  const lease = await claimRun(database, { organizationId, runId, workerId, leaseMs })
  // Its holder may have died before it heard that the run was cancelled.
  if (!lease) await withTenant(database, organizationId, (tx) => finishCancelling(tx, runId))
  return lease
}

async function claimLater(
  runtime: RuntimeContext,
  { organizationId, runId }: { readonly organizationId: OrganizationId; readonly runId: RunId },
  signal: AbortSignal,
): Promise<RunLease | undefined> {
  const remainingMs = await withTenant(runtime.database, organizationId, (tx) => findLeaseRemainingMs(tx, runId))
  if (remainingMs === undefined) return undefined
  await runtime.clock.sleep(Math.max(0, remainingMs) + marginMs, signal)
  return claim(runtime, organizationId, runId)
}

/** Renews until it is told to stop, the lease is lost, or the run is cancelled; the latter two abort the attempt. */
function startRenewing(
  runtime: RuntimeContext,
  {
    organizationId,
    lease,
    controller,
  }: {
    readonly organizationId: OrganizationId
    readonly lease: RunLease
    readonly controller: AbortController
  },
): () => void {
  const { database, leaseMs, logger, workerId } = runtime
  let isRenewing = false
  let lastRenewal = performance.now()
  const renew = async () => {
    const sentAt = performance.now()
    const renewal = await withTenant(database, organizationId, (tx) =>
      renewLeases(tx, { root: lease, workerId, leaseMs }),
    )
    if (renewal.isCancelled) return controller.abort(cancelReason)
    if (!renewal.isHeld) return controller.abort(lostReason)
    lastRenewal = sentAt
  }
  const timer = setInterval(() => {
    // A database that does not answer cannot renew either: once the lease must have lapsed, stop.
    if (performance.now() - lastRenewal > leaseMs) return controller.abort(lostReason)
    if (isRenewing) return
    isRenewing = true
    renew()
      .catch((error: unknown) =>
        logger.warn({ runId: lease.runId, error: messageOf(error) }, 'A lease was not renewed'),
      )
      .finally(() => (isRenewing = false))
  }, leaseMs / renewalsPerLease)
  return () => clearInterval(timer)
}

const lostReason = new DOMException('The lease was lost', 'AbortError')
