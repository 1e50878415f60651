import { messageOf } from '../base/errors.ts'
import { asId, type OrganizationId, type RunId } from '../base/ids.ts'
import type { Logger } from '../base/log.ts'
import { type Database, sql } from '../db/index.ts'
import { withSystem } from '../db/system.ts'

/** How many runs of each kind are looked after in one pass; the next pass takes the next ones. */
const limit = 200

/**
 * Finds, in all organizations, the root runs that nothing else would wake, and hands each to `wakeRun`, which looks
 * again inside the organization: those with an approval whose time is over, those with a call whose time has come, and
 * those that are queued or running while no job and no holder has them. One pass; the queue's reconciler repeats it.
 */
export async function wakeRuns(
  database: Database,
  {
    wakeRun,
    logger,
  }: {
    readonly wakeRun: (organizationId: OrganizationId, runId: RunId) => Promise<void>
    readonly logger: Logger
  },
): Promise<void> {
  const { rows } = await withSystem(database, (tx) =>
    sql<{ organization_id: string; run_id: string }>`
      (
        select r.organization_id, r.root_run_id as run_id
        from approvals a join agent_runs r on r.organization_id = a.organization_id and r.id = a.run_id
        where a.status = 'pending' and a.expires_at <= clock_timestamp()
        order by a.expires_at limit ${limit}
      )
      union
      (
        select r.organization_id, r.root_run_id
        from tool_executions t
        join agent_runs r on r.organization_id = t.organization_id and r.id = t.run_id
        join agent_runs root on root.organization_id = r.organization_id and root.id = r.root_run_id
        where t.not_before <= clock_timestamp() and t.status in ('planned', 'awaiting_approval', 'executing')
          and root.status = 'waiting'
        order by t.not_before limit ${limit}
      )
      union
      (
        select r.organization_id, r.root_run_id
        from agent_runs r
        join agent_runs root on root.organization_id = r.organization_id and root.id = r.root_run_id
        where r.not_before <= clock_timestamp() and r.status = 'waiting' and root.status = 'waiting'
        order by r.not_before limit ${limit}
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
        order by r.id limit ${limit}
      )
    `.execute(tx),
  )
  for (const row of rows) {
    const runId: RunId = asId(row.run_id)
    await wakeRun(asId(row.organization_id), runId).catch((error: unknown) =>
      logger.warn({ runId, error: messageOf(error) }, 'A run could not be woken; the next pass tries again'),
    )
  }
}
