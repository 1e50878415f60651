import type { ConnectionId } from '../../base/ids.ts'
import type { RecordedError } from '../../base/errors.ts'
import { jsonb, sql, type TenantTx } from '../../db/index.ts'

/** The circuit breaker of a connection whose last calls failed, as it stood when a call was about to leave. */
export interface Breaker {
  /** How many failed in a row. */
  readonly faults: number
  /** For how many milliseconds none may leave; 0 where this one may. */
  readonly pausedMs: number
}

/**
 * Asks the breaker of a connection; undefined where its last call went well. Of those that ask an open one whose time is
 * over, one is let through, which has `probeMs` before the next is.
 */
export async function passBreaker(
  tx: TenantTx,
  connectionId: ConnectionId,
  probeMs: number,
): Promise<Breaker | undefined> {
  const { rows } = await sql<{ breaker: Breaker | null }>`
    select pass_breaker(${connectionId}, ${probeMs}) as breaker
  `.execute(tx)
  return rows[0]?.breaker ?? undefined
}

/** Counts a call that failed by the provider's fault. Returns whether it opened the breaker. */
export async function noteFault(
  tx: TenantTx,
  connectionId: ConnectionId,
  {
    faultsToOpen,
    openMs,
    error,
  }: { readonly faultsToOpen: number; readonly openMs: number; readonly error: RecordedError },
): Promise<boolean> {
  const { rows } = await sql<{ opened: boolean }>`
    select note_fault(${connectionId}, ${faultsToOpen}, ${openMs}, ${jsonb(error)}) as opened
  `.execute(tx)
  return rows[0]?.opened === true
}

/** Lets calls go again: one has succeeded, or a person says so. Returns whether any had failed. */
export async function closeBreaker(tx: TenantTx, connectionId: ConnectionId): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('circuit_breakers')
    .where('organization_id', '=', tx.organizationId)
    .where('connection_id', '=', connectionId)
    .executeTakeFirst()
  return numDeletedRows > 0n
}
