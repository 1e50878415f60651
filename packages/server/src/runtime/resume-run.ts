import { asId, type JobId, type RunId } from '../base/ids.ts'
import { NeonHubError } from '../base/errors.ts'
import { sql, type TenantTx } from '../db/index.ts'
import { addJob } from '../queue/index.ts'
import { lockRoot } from './sql/finish-run.ts'
import { requeueRun } from './sql/requeue-run.ts'

/**
 * Puts a run that failed or needs attention back on the queue; what failed without an effect is tried again. A run that
 * is under way is left alone, and gets a job where it has none any more, such as after its job was parked. Returns the
 * job to dispatch. Throws `runtime.run_not_found` and `runtime.not_resumable`.
 */
export async function resumeRun(tx: TenantTx, runId: RunId): Promise<JobId | undefined> {
  const rootRunId = await findRoot(tx, runId)
  const status = rootRunId && (await lockRoot(tx, rootRunId))
  if (!rootRunId || !status) throw runNotFound(runId)
  switch (status) {
    case 'queued':
    case 'running':
      return (await hasJob(tx, rootRunId)) ? undefined : addJob(tx, { queue: 'agent.run', runId: rootRunId })
    case 'failed':
    case 'needs_attention':
      await replanFailedExecutions(tx, rootRunId)
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

async function findRoot(tx: TenantTx, runId: RunId): Promise<RunId | undefined> {
  const row = await tx
    .selectFrom('agent_runs')
    .select('root_run_id')
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', runId)
    .executeTakeFirst()
  return row && asId(row.root_run_id)
}

async function hasJob(tx: TenantTx, runId: RunId): Promise<boolean> {
  const row = await tx
    .selectFrom('agent_jobs')
    .select('id')
    .where('organization_id', '=', tx.organizationId)
    .where('run_id', '=', runId)
    .where('status', 'in', ['queued', 'active'])
    .executeTakeFirst()
  return row !== undefined
}

/** Makes a resumed tree's failures be tried again: they had no effect, as the provider or a person has said. */
async function replanFailedExecutions(tx: TenantTx, rootRunId: RunId): Promise<void> {
  await sql`
    update tool_executions t set status = 'planned'
    from agent_runs r
    where r.organization_id = t.organization_id and r.id = t.run_id and r.root_run_id = ${rootRunId}
      and r.status <> 'succeeded' and t.organization_id = ${tx.organizationId} and t.status in ('failed', 'expired')
  `.execute(tx)
}
