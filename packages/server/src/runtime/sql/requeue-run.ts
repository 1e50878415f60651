import type { JobId, RunId } from '../../base/ids.ts'
import { sql, type TenantTx } from '../../db/index.ts'
import { addJob } from '../../queue/index.ts'
import type { RunStatus } from '../spec.ts'
import { runTransitions, sourcesOf } from '../transitions.ts'
import { recordEvent } from './run-events.ts'

/**
 * Puts a root run on the queue, where its state allows it: its row and its job in one transaction. Call `dispatch` with
 * the job after the commit. Returns undefined where the run is in another state than `from`.
 */
export async function requeueRun(
  tx: TenantTx,
  { runId, from }: { readonly runId: RunId; readonly from: readonly RunStatus[] },
): Promise<JobId | undefined> {
  const legal = sourcesOf(runTransitions, 'queued').filter((status) => from.includes(status))
  const updated = await tx
    .updateTable('agent_runs')
    .set({ status: 'queued', waiting_for: null, finished_at: null, updated_at: sql<Date>`now()` })
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', runId)
    .where('status', 'in', legal)
    .executeTakeFirst()
  if (updated.numUpdatedRows === 0n) return undefined
  await recordEvent(tx, { runId, type: 'run', data: { status: 'queued' } })
  return addJob(tx, { queue: 'agent.run', runId })
}

/** Whether the time of a call in this tree has come for which it waited. */
export async function hasDueCall(tx: TenantTx, rootRunId: RunId): Promise<boolean> {
  const { rows } = await sql`
    select from tool_executions t
    join agent_runs r on r.organization_id = t.organization_id and r.id = t.run_id
    where t.organization_id = ${tx.organizationId} and r.root_run_id = ${rootRunId}
      and t.not_before <= clock_timestamp() and t.status in ('planned', 'awaiting_approval', 'executing')
    union all
    select from agent_runs
    where organization_id = ${tx.organizationId} and root_run_id = ${rootRunId} and status = 'waiting'
      and not_before <= clock_timestamp()
    limit 1
  `.execute(tx)
  return rows.length > 0
}

/**
 * Whether a tree that is about to wait has something to go on with after all: a person decided while its attempt was
 * still on its way to the wait, or the time of a call came. Called with the root's row locked, so that no decision can slip in between.
 */
export async function hasDecision(tx: TenantTx, rootRunId: RunId): Promise<boolean> {
  const { rows } = await sql<{ decided: number; open: number; due_runs: number; held_runs: number }>`
    with held_runs as (
      select not_before <= clock_timestamp() as is_due from agent_runs
      where organization_id = ${tx.organizationId} and root_run_id = ${rootRunId} and status = 'waiting'
        and not_before is not null
    )
    select
      (select count(*) filter (where is_due) from held_runs)::int as due_runs,
      (select count(*) filter (where not is_due) from held_runs)::int as held_runs,
      count(*) filter (where not is_held and (
        t.status in ('planned', 'executing')
        or t.status = 'awaiting_approval'
          and (a.status in ('approved', 'denied', 'expired') or a.expires_at <= now())
      ))::int as decided,
      count(*) filter (where is_held or t.status in ('unknown', 'awaiting_approval'))::int as open
    from tool_executions t
    join agent_runs r on r.organization_id = t.organization_id and r.id = t.run_id
    left join approvals a on a.organization_id = t.organization_id and a.tool_execution_id = t.id
    cross join lateral (select coalesce(t.not_before > clock_timestamp(), false) as is_held) as held
    where t.organization_id = ${tx.organizationId} and r.root_run_id = ${rootRunId}
      and (t.status in ('awaiting_approval', 'unknown') or t.not_before is not null and t.status in ('planned', 'executing'))
  `.execute(tx)
  const counts = rows[0]
  if (counts === undefined) return false
  return counts.decided + counts.due_runs > 0 || counts.open + counts.held_runs === 0
}
