import type { OrganizationId, RunId } from '../../base/ids.ts'
import type { RecordedError } from '../../base/errors.ts'
import { type Database, groupItem, jsonb, sql, type TenantTx, toJsonText } from '../../db/index.ts'
import type { RunStatus, RunWaitingReason } from '../spec.ts'

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
  const data = { status: end.status, waitingFor: end.waitingFor, error: end.error }
  const { rows } = await sql`
    with run as (
      update agent_runs set
        status = ${end.status}, waiting_for = ${end.waitingFor ?? null}, error = ${orNull(end.error)},
        output = coalesce(${orNull(end.output)}, output), lease_holder = null, lease_expires_at = null,
        finished_at = case when ${isOver(end.status)} then clock_timestamp() else finished_at end,
        sequence = sequence + 1, updated_at = now()
      where organization_id = ${tx.organizationId} and id = ${runId} and fence = ${fence} and status = 'running'
      returning sequence
    )
    insert into run_events (organization_id, run_id, sequence, type, data)
    select ${tx.organizationId}, ${runId}, run.sequence, 'run', ${jsonb(data)} from run
    returning sequence
  `.execute(tx)
  return rows.length > 0
}

/**
 * Ends a run that has succeeded, in a commit that it may share. `heard`: nothing is written, because an endpoint listens,
 * whose message belongs in one transaction with the end.
 */
export async function finishSucceeded(
  database: Database,
  {
    organizationId,
    lease,
    isRoot,
    output,
  }: {
    readonly organizationId: OrganizationId
    readonly lease: { readonly runId: RunId; readonly fence: number }
    readonly isRoot: boolean
    readonly output: unknown
  },
): Promise<'written' | 'lost' | 'heard'> {
  const { runId, fence } = lease
  const item = groupItem({ run_id: runId, fence, is_root: isRoot }, { output: toJsonText(output ?? null) })
  const result = await database.groups.call<'written' | 'heard'>('finish_runs', { organizationId, runId, item })
  return result ?? 'lost'
}

const orNull = (value: unknown) => (value === undefined ? sql`null::jsonb` : jsonb(value))

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
