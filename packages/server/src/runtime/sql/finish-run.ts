import type { RunId } from '../../base/ids.ts'
import type { RecordedError } from '../../base/errors.ts'
import { jsonb, sql, type TenantTx } from '../../db/index.ts'
import type { RunStatus, RunWaitingReason } from '../spec.ts'
import { recordEvent } from './run-events.ts'

export interface RunEnd {
  readonly status: Exclude<RunStatus, 'running'>
  readonly waitingFor?: RunWaitingReason
  readonly output?: unknown
  readonly error?: RecordedError
}

const isOver = (status: RunStatus) => status !== 'waiting' && status !== 'queued'

/**
 * Ends an attempt under its fence: writes what became of the run and gives the lease back.
 * Returns false, and writes nothing, where the lease is lost.
 */
export async function finishRun(
  tx: TenantTx,
  { runId, fence, end }: { runId: RunId; fence: number; end: RunEnd },
): Promise<boolean> {
  const updated = await tx
    .updateTable('agent_runs')
    .set({
      status: end.status,
      waiting_for: end.waitingFor ?? null,
      ...(end.output === undefined ? {} : { output: jsonb(end.output) }),
      error: end.error === undefined ? null : jsonb(end.error),
      lease_holder: null,
      lease_expires_at: null,
      ...(isOver(end.status) ? { finished_at: sql<Date>`clock_timestamp()` } : {}),
      updated_at: sql<Date>`now()`,
    })
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', runId)
    .where('fence', '=', fence)
    .where('status', '=', 'running')
    .executeTakeFirst()
  if (updated.numUpdatedRows === 0n) return false
  await recordEvent(tx, {
    runId,
    type: 'run',
    data: { status: end.status, waitingFor: end.waitingFor, error: end.error },
  })
  return true
}

/** Locks the root of a run's tree, so that a decision and the end of an attempt cannot miss each other. */
export async function lockRoot(tx: TenantTx, rootRunId: RunId): Promise<RunStatus | undefined> {
  const row = await tx
    .selectFrom('agent_runs')
    .select('status')
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', rootRunId)
    .forUpdate()
    .executeTakeFirst()
  return row?.status
}
