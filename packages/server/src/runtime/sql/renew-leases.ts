import type { RunId, WorkerId } from '../../base/ids.ts'
import { sql, type TenantTx } from '../../db/index.ts'
import type { RunLease } from './claim-run.ts'

/** What a holder learns when it renews: whether the tree is still its own, and whether it was asked to stop. */
export interface Renewal {
  readonly isHeld: boolean
  readonly isCancelled: boolean
}

/** Renews the leases of a root run and of the children that run under it. */
export async function renewLeases(
  tx: TenantTx,
  { root, workerId, leaseMs }: { root: RunLease; workerId: WorkerId; leaseMs: number },
): Promise<Renewal> {
  const { rows } = await sql<{ id: RunId; fence: number; cancelled: boolean }>`
    update agent_runs set lease_expires_at = clock_timestamp() + make_interval(secs => ${leaseMs / 1000}::float8)
    where organization_id = ${tx.organizationId} and root_run_id = ${root.runId} and lease_holder = ${workerId}
      and status = 'running'
    returning id, fence, cancel_requested_at is not null as cancelled
  `.execute(tx)
  const own = rows.find((row) => row.id === root.runId)
  return { isHeld: own?.fence === root.fence, isCancelled: own?.cancelled ?? false }
}
