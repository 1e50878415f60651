import { NeonHubError } from '../../base/errors.ts'
import { asId, type JobId, type OrganizationId, type WorkerId } from '../../base/ids.ts'
import { type Database, sql } from '../../db/index.ts'
import type { JobRow, QueueName } from '../spec.ts'

/**
 * How often a job may have been on when its worker went down before it is done alone, so that it can be told apart from
 * others; once more where none of those workers left a word of why, and once alone is enough where it was its turn.
 */
const aloneAfter = 2

/** A job for which a process becomes idle. */
export interface RoomFor {
  readonly organizationId: OrganizationId
  readonly id: JobId
}

/** A job that was started. `isAlone`: nothing else is to begin beside it in this process for a while. */
export interface TakenJob extends JobRow {
  readonly isAlone: boolean
}

export interface TakeJobs {
  readonly queue: QueueName
  readonly workerId: WorkerId
  readonly count: number
  /** The organization that was served last. */
  readonly after: OrganizationId | undefined
  /** How many jobs of each organization are in this process's hands. */
  readonly held: ReadonlyMap<OrganizationId, number>
  readonly free: number
  /** How many may be one organization's. */
  readonly mostHeld: number
  readonly abandonedMs: number
  /** How long nobody else makes room for the job for which this process is to. */
  readonly roomMs: number
  /** The job for which this process has become idle, or has tried to for long enough. */
  readonly roomFor: RoomFor | undefined
  /** The process that a job which is to be done alone is started for; undefined where it would be this one. */
  readonly loneWorkerId: WorkerId | undefined
  /** Whether such a job is taken at all. */
  readonly takesLone: boolean
}

export interface TakenJobs {
  /** One that was started for `loneWorkerId`. */
  readonly apart: TakenJob | undefined
  readonly taken: readonly TakenJob[]
  readonly roomFor: RoomFor | undefined
  readonly last: OrganizationId
  /** Whether others wait. */
  readonly more: boolean
}

interface RowJob {
  readonly organizationId: string
  readonly id: string
  readonly runId: string | null
  readonly payload: unknown
  readonly attempts: number
  readonly isAlone: boolean
}

interface Row {
  readonly taken: readonly RowJob[]
  readonly apart: RowJob | null
  readonly roomFor: { readonly organizationId: string; readonly id: string } | null
  readonly last: string
  readonly more: boolean
}

/** Starts jobs of whichever organizations have waited longest for a turn. */
export async function takeJobs(database: Database, request: TakeJobs): Promise<TakenJobs> {
  const { queue, workerId, count, after, held, free, mostHeld, abandonedMs, roomMs, roomFor } = request
  const { rows } = await sql<{ result: Row }>`
    select take_jobs(
      ${queue}, ${workerId}, ${count}, ${after ?? null}, ${JSON.stringify(Object.fromEntries(held))}::text::jsonb, ${free},
      ${mostHeld}, ${abandonedMs}, ${aloneAfter}, ${roomMs}, ${roomFor?.organizationId ?? null}, ${roomFor?.id ?? null},
      ${request.takesLone}, ${request.loneWorkerId ?? null}
    ) as result
  `.execute(database.kysely)
  const [row] = rows
  if (!row)
    throw new NeonHubError('queue.not_taken', 'The database gave no answer', { kind: 'internal', retryable: true })
  const { taken, apart, last, more } = row.result
  const toJob = ({ organizationId, id, runId, ...job }: RowJob): TakenJob => ({
    ...job,
    queue,
    organizationId: asId(organizationId),
    id: asId(id),
    runId: runId === null ? undefined : asId(runId),
  })
  return {
    taken: taken.map(toJob),
    apart: apart ? toJob(apart) : undefined,
    roomFor: row.result.roomFor
      ? { organizationId: asId(row.result.roomFor.organizationId), id: asId(row.result.roomFor.id) }
      : undefined,
    last: asId(last),
    more,
  }
}
