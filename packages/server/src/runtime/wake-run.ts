import type { JobId, RunId } from '../base/ids.ts'
import { type RecordedError } from '../base/errors.ts'
import { sql, type TenantTx } from '../db/index.ts'
import { addJob } from '../queue/index.ts'
import { announceRun } from './announcements.ts'
import { finishCancelling } from './sql/cancel-run.ts'
import { expireApprovals } from './sql/expire-approvals.ts'
import { lockRoot } from './sql/finish-run.ts'
import { hasLiveJob } from './sql/has-live-job.ts'
import { hasDueCall, requeueRun } from './sql/requeue-run.ts'
import { recordEvent } from './sql/run-events.ts'

/** How often a run whose jobs fail is put back by itself, within how long, before a person must look. */
const mostFailedJobs = 5
const failedJobsWithin = sql`interval '10 minutes'`

/**
 * Looks after a root run that nothing else would wake: one that waits for an approval whose time is over or
 * for a call whose time has come, and one that is queued or running while no job and no holder has it. Returns the job to
 * dispatch where the run goes on.
 */
export async function wakeRun(tx: TenantTx, rootRunId: RunId): Promise<JobId | undefined> {
  const status = await lockRoot(tx, rootRunId)
  if (!status || (await finishCancelling(tx, rootRunId))) return undefined
  if (await expireApprovals(tx, rootRunId)) {
    // One that is under way meets the expiry itself.
    if (status === 'waiting') return requeueRun(tx, { runId: rootRunId, from: ['waiting'] })
  }
  if (status === 'waiting' && (await hasDueCall(tx, rootRunId))) {
    return requeueRun(tx, { runId: rootRunId, from: ['waiting'] })
  }
  if (status !== 'queued' && status !== 'running') return undefined
  if ((await isHeld(tx, rootRunId)) || (await hasLiveJob(tx, rootRunId))) return undefined
  const { failed, isParked, error } = await readJobs(tx, rootRunId)
  if (!isParked && failed < mostFailedJobs) return addJob(tx, { queue: 'agent.run', runId: rootRunId })
  await giveUp(tx, rootRunId, error)
  return undefined
}

async function isHeld(tx: TenantTx, runId: RunId): Promise<boolean> {
  const { rows } = await sql`
    select from agent_runs
    where organization_id = ${tx.organizationId} and id = ${runId} and lease_expires_at >= clock_timestamp()
  `.execute(tx)
  return rows.length > 0
}

async function readJobs(tx: TenantTx, runId: RunId) {
  const { rows } = await sql<{ failed: number; status: string; error: RecordedError | null }>`
    select status, error,
      count(*) filter (where status = 'failed' and created_at > now() - ${failedJobsWithin}) over ()::int as failed
    from agent_jobs where organization_id = ${tx.organizationId} and run_id = ${runId}
    order by created_at desc, id desc limit 1
  `.execute(tx)
  const [newest] = rows
  return { failed: newest?.failed ?? 0, isParked: newest?.status === 'parked', error: newest?.error ?? undefined }
}

async function giveUp(tx: TenantTx, runId: RunId, cause: RecordedError | undefined): Promise<void> {
  const error: RecordedError = {
    code: 'runtime.no_worker',
    message: cause?.message ?? 'No worker could carry this run on',
    hint: 'Look for the reason in the log of the workers, then resume the run.',
    retryable: false,
  }
  await sql`
    update agent_runs set status = 'needs_attention', error = ${JSON.stringify(error)}::jsonb, lease_holder = null,
      lease_expires_at = null, finished_at = clock_timestamp(), updated_at = now()
    where organization_id = ${tx.organizationId} and id = ${runId}
  `.execute(tx)
  await recordEvent(tx, { runId, type: 'run', data: { status: 'needs_attention', error } })
  await announceRun(tx, runId, { status: 'needs_attention', error })
}
