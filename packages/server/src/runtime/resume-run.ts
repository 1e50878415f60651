import type { JobId, RunId } from '../base/ids.ts'
import { NeonHubError } from '../base/errors.ts'
import { sql, type TenantTx } from '../db/index.ts'
import { resolveNotifications } from '../notifications/index.ts'
import { addJob } from '../queue/index.ts'
import { findRootRunId } from './sql/find-root-run-id.ts'
import { lockRoot } from './sql/finish-run.ts'
import { hasLiveJob } from './sql/has-live-job.ts'
import { requeueRun } from './sql/requeue-run.ts'

/**
 * Puts a run that failed or needs attention back on the queue; what failed without an effect is tried again. A run that
 * is under way is left alone, and gets a job where it has none any more, such as after its job was parked. Returns the
 * job to dispatch. Throws `runtime.run_not_found` and `runtime.not_resumable`.
 */
export async function resumeRun(tx: TenantTx, runId: RunId): Promise<JobId | undefined> {
  const rootRunId = await findRootRunId(tx, runId)
  const status = rootRunId && (await lockRoot(tx, rootRunId))
  if (!rootRunId || !status) throw runNotFound(runId)
  switch (status) {
    case 'queued':
    case 'running':
      return (await hasLiveJob(tx, rootRunId)) ? undefined : addJob(tx, { queue: 'agent.run', runId: rootRunId })
    case 'failed':
    case 'needs_attention':
      await replanFailedExecutions(tx, rootRunId)
      await forgetFailures(tx, rootRunId)
      await resolveNotifications(tx, ['run_failed', 'run_needs_attention'], rootRunId)
      return requeueRun(tx, { runId: rootRunId, from: ['failed', 'needs_attention'] })
    case 'waiting':
    case 'succeeded':
    case 'cancelled':
      throw new NeonHubError('runtime.not_resumable', `Run ${runId} is ${status} and cannot be resumed`, {
        kind: 'conflict',
        hint:
          status === 'waiting'
            ? 'It goes on by itself once its approval is decided, or its unknown call is settled.'
            : 'Start a new run instead.',
      })
    default:
      return status satisfies never
  }
}

export const runNotFound = (runId: RunId) =>
  new NeonHubError('runtime.run_not_found', `There is no run ${runId}`, { kind: 'not_found' })

/** Makes a resumed tree's failures be tried again: they had no effect, as the provider or a person has said. */
async function replanFailedExecutions(tx: TenantTx, rootRunId: RunId): Promise<void> {
  await sql`
    update tool_executions t set status = 'planned', is_copied = false
    from agent_runs r
    where r.organization_id = t.organization_id and r.id = t.run_id and r.root_run_id = ${rootRunId}
      and r.status <> 'succeeded' and t.organization_id = ${tx.organizationId} and t.status in ('failed', 'expired')
  `.execute(tx)
}

/** Steps and children that failed are run again: one without an error is to an attempt as if it were not there. */
async function forgetFailures(tx: TenantTx, rootRunId: RunId): Promise<void> {
  await sql`
    update run_steps s set error = null
    from agent_runs r
    where r.organization_id = s.organization_id and r.id = s.run_id and r.root_run_id = ${rootRunId}
      and r.status <> 'succeeded' and s.organization_id = ${tx.organizationId} and s.status = 'failed'
  `.execute(tx)
  await sql`
    update agent_runs set status = 'queued', error = null, finished_at = null, updated_at = now()
    where organization_id = ${tx.organizationId} and root_run_id = ${rootRunId} and id <> ${rootRunId}
      and status in ('failed', 'needs_attention')
  `.execute(tx)
}
