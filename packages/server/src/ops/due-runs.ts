import { asId, type OrganizationId, type RunId } from '../base/ids.ts'
import { sql } from '../db/index.ts'
import { dueLimit, type DueWork } from './take-up-due.ts'

/**
 * The root runs that nothing else would wake: those with an approval whose time is over, those with a call whose time has
 * come, and those that are queued or running while no job and no holder has them.
 */
export const dueRuns = (wake: (organizationId: OrganizationId, runId: RunId) => Promise<void>): DueWork => ({
  query: sql`
    (
      select r.organization_id, r.root_run_id as id
      from approvals a join agent_runs r on r.organization_id = a.organization_id and r.id = a.run_id
      where a.status = 'pending' and a.expires_at <= clock_timestamp()
      order by a.expires_at limit ${sql.lit(dueLimit)}
    )
    union
    (
      select r.organization_id, r.root_run_id
      from tool_executions t
      join agent_runs r on r.organization_id = t.organization_id and r.id = t.run_id
      join agent_runs root on root.organization_id = r.organization_id and root.id = r.root_run_id
      where t.not_before <= clock_timestamp() and t.status in ('planned', 'awaiting_approval', 'executing')
        and root.status = 'waiting'
      order by t.not_before limit ${sql.lit(dueLimit)}
    )
    union
    (
      select r.organization_id, r.root_run_id
      from agent_runs r
      join agent_runs root on root.organization_id = r.organization_id and root.id = r.root_run_id
      where r.not_before <= clock_timestamp() and r.status = 'waiting' and root.status = 'waiting'
      order by r.not_before limit ${sql.lit(dueLimit)}
    )
    union
    (
      select r.organization_id, r.id
      from agent_runs r
      where r.status in ('queued', 'running') and r.parent_run_id is null
        and (r.lease_expires_at is null or r.lease_expires_at < clock_timestamp())
        and not exists (
          select from agent_jobs j
          where j.organization_id = r.organization_id and j.run_id = r.id and j.status in ('queued', 'active')
        )
      order by r.id limit ${sql.lit(dueLimit)}
    )
  `,
  takeUp: (organizationId, id) => wake(organizationId, asId(id)),
  failure: 'A run could not be woken; the next pass tries again',
})
