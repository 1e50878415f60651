import { sql } from '../../../db/index.ts'
import type { EveryTx } from '../../../db/system.ts'
import type { BackupScope } from '../scope.ts'

export interface Unfinished {
  readonly runs: number
  readonly jobs: number
  readonly approvals: number
}

/** What goes on by itself, or once a person says yes, as soon as a worker starts on the restored database. */
export async function findUnfinished(tx: EveryTx, scope: BackupScope): Promise<Unfinished> {
  const organizationId = scope.kind === 'organization' ? scope.id : null
  const { rows } = await sql<Unfinished>`
    select
      (select count(*)::int from agent_runs where status in ('queued', 'running', 'waiting') and parent_run_id is null
        and (${organizationId}::uuid is null or organization_id = ${organizationId})) as runs,
      (select count(*)::int from agent_jobs where status in ('queued', 'active')
        and (${organizationId}::uuid is null or organization_id = ${organizationId})) as jobs,
      (select count(*)::int from approvals where status = 'pending'
        and (${organizationId}::uuid is null or organization_id = ${organizationId})) as approvals
  `.execute(tx)
  return rows[0] ?? { runs: 0, jobs: 0, approvals: 0 }
}
