import { asId, type JobId, type OrganizationId } from '../../base/ids.ts'
import { sql } from '../../db/index.ts'
import type { SystemTx } from '../../db/system.ts'

export interface HeldJob {
  readonly organizationId: OrganizationId
  readonly id: JobId
  readonly attempts: number
}

/** Says of active jobs that their worker lives. Returns those that are still its own. */
export async function renewJobs(
  tx: SystemTx,
  jobs: readonly HeldJob[],
  { abandonedMs }: { readonly abandonedMs: number },
): Promise<readonly JobId[]> {
  const held = JSON.stringify(
    jobs.map(({ organizationId, id, attempts }) => ({ organization_id: organizationId, id, attempts })),
  )
  const result = await sql<{ id: string }>`
    update agent_jobs as job
    set check_at = clock_timestamp() + make_interval(secs => ${abandonedMs / 1000}), updated_at = clock_timestamp()
    from jsonb_to_recordset(${held}::text::jsonb) as held (organization_id uuid, id uuid, attempts integer)
    where job.organization_id = held.organization_id and job.id = held.id
      and job.status = 'active' and job.attempts = held.attempts
    returning job.id
  `.execute(tx)
  return result.rows.map((row) => asId(row.id))
}
