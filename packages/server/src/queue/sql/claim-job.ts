import { asId, type JobId, type OrganizationId } from '../../base/ids.ts'
import { callEntering, type Database } from '../../db/index.ts'
import type { JobRow, QueueName } from '../spec.ts'
import { maxAttempts } from './max-attempts.ts'

export interface ClaimJob {
  readonly organizationId: OrganizationId
  readonly id: JobId
  readonly queue: QueueName
  readonly abandonedMs: number
}

/**
 * Starts a job that is queued and due, or whose worker has been silent for too long. Undefined where it is neither:
 * another worker has it, or it is over.
 */
export async function claimJob(
  database: Database,
  { organizationId, id, queue, abandonedMs }: ClaimJob,
): Promise<JobRow | undefined> {
  const claimed = await callEntering<{ runId: string | null; payload: unknown; attempts: number }>(
    database,
    'claim_job',
    [organizationId, id, queue, abandonedMs, maxAttempts],
  )
  if (!claimed) return undefined
  const { runId, payload, attempts } = claimed
  return { organizationId, id, queue, runId: runId === null ? undefined : asId(runId), payload, attempts }
}
