import type { JobId, OrganizationId } from '../../base/ids.ts'
import type { RecordedError } from '../../base/errors.ts'
import { type Database, jsonb, sql } from '../../db/index.ts'
import { type QueueName, queueNames } from '../spec.ts'
import { maxAttempts } from './max-attempts.ts'

export interface LostJob {
  readonly organizationId: OrganizationId
  readonly id: JobId
  readonly queue: QueueName
  readonly attempts: number
  /** What it was: waiting in a queue that may have lost it, or in the hands of a worker that fell silent. */
  readonly was: 'queued' | 'active'
  readonly status: 'queued' | 'parked'
}

/** Its message is of each job. */
const parked: Omit<RecordedError, 'message'> = {
  code: 'queue.parked',
  hint: 'Look for the reason in the log of the workers before it is started again.',
  retryable: false,
}

export interface LostJobs {
  readonly jobs: readonly LostJob[]
  /** Milliseconds until the next active job is overdue, unless its worker speaks up; null where none is active. */
  readonly nextMs: number | null
  /** Whether runs are queued. */
  readonly hasRuns: boolean
}

/**
 * Takes the jobs that are overdue: queued ones stay queued (runs among them are not asked after: the workers look for
 * those themselves), active ones go back to the queue, or are parked: once they were started too often, or where the
 * worker said why it went down and nothing had begun beside them. A run whose lease has not lapsed nobody could go on
 * with yet: its job stays until then. The longest overdue come first, and a job that is taken is not overdue for
 * `patienceMs`, so that workers which reconcile side by side share the work, and a long queue is gone through in turns.
 */
export async function takeLostJobs(
  database: Database,
  { limit, patienceMs }: { readonly limit: number; readonly patienceMs: number },
): Promise<LostJobs> {
  const { rows } = await sql<{ lost: LostJobs }>`
    select take_lost_jobs(
      array[${sql.join(queueNames)}]::text[], ${limit}, ${Math.round(patienceMs)}, ${maxAttempts}, ${jsonb(parked)}
    ) as lost
  `.execute(database.kysely)
  return rows[0]?.lost ?? { jobs: [], nextMs: null, hasRuns: true }
}
