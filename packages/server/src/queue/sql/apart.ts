import { type RecordedError } from '../../base/errors.ts'
import type { WorkerId } from '../../base/ids.ts'
import { type Database, jsonb, sql } from '../../db/index.ts'
import { withSystem } from '../../db/system.ts'
import type { JobRow } from '../spec.ts'

interface ApartJob {
  readonly job: JobRow
  /** The process that it was started for. */
  readonly workerId: WorkerId
}

const isStill = ({ job, workerId }: ApartJob) => sql`
  organization_id = ${job.organizationId} and id = ${job.id} and worker_id = ${workerId} and status = 'active'
    and attempts = ${job.attempts}
`

/** Says that the process is there: from now on what takes it down is this job. False where the job is no longer its own. */
export async function beginApart(
  database: Database,
  { abandonedMs, ...apart }: ApartJob & { readonly abandonedMs: number },
): Promise<boolean> {
  const { rows } = await withSystem(database, (tx) =>
    sql`
      update agent_jobs set
        is_alone = true, updated_at = clock_timestamp(),
        check_at = clock_timestamp() + make_interval(secs => ${abandonedMs / 1000})
      where ${isStill(apart)} returning id
    `.execute(tx),
  )
  return rows.length > 0
}

/** Says how the process went down, where it could not say more itself, and that nobody need wait for it. */
export async function endApart(
  database: Database,
  { error, ...apart }: ApartJob & { readonly error: RecordedError },
): Promise<void> {
  await withSystem(database, (tx) =>
    sql`
      update agent_jobs set
        check_at = clock_timestamp(),
        last_words = case when (last_words ->> 'attempt')::integer = attempts then last_words
          else ${jsonb(error)} || jsonb_build_object('attempt', attempts, 'isCause', true) end
      where ${isStill(apart)}
    `.execute(tx),
  )
}
