import { compact } from '../../base/compact.ts'
import type { ApprovalId } from '../../base/ids.ts'
import { sql, type TenantTx } from '../../db/index.ts'
import type { ActionPreview } from '../../connectors/spec.ts'
import type { ApprovalStatus } from '../spec.ts'
import { needsFourEyes } from '../sql/four-eyes.ts'

/** What may still be decided: an approval that nobody looked at in time reads as expired before the row says so. */
const currentStatus = sql<ApprovalStatus>`
  case when a.status in ('pending', 'approved') and a.expires_at <= now() then 'expired'::approval_status else a.status end
`

const selectApprovals = (tx: TenantTx) =>
  tx
    .selectFrom('approvals as a')
    .innerJoin('tool_executions as t', (join) =>
      join
        .onRef('t.organization_id', '=', 'a.organization_id')
        .onRef('t.run_id', '=', 'a.run_id')
        .onRef('t.id', '=', 'a.tool_execution_id'),
    )
    .innerJoin('agent_runs as r', (join) =>
      join.onRef('r.organization_id', '=', 'a.organization_id').onRef('r.id', '=', 'a.run_id'),
    )
    .select([
      'a.id',
      'a.tool_execution_id',
      'r.root_run_id',
      'r.agent',
      'r.intent',
      't.tool',
      't.preview',
      'a.arguments_hash',
      'a.requested_by',
      'a.expires_at',
      'a.created_at',
      'a.decided_by',
      'a.decided_at',
      'a.note',
    ])
    .select([currentStatus.as('status'), needsFourEyes.as('four_eyes')])
    .where('a.organization_id', '=', tx.organizationId)

type ApprovalRow = Awaited<ReturnType<ReturnType<typeof selectApprovals>['execute']>>[number]

/** An approval as people see it. `runId` is the root run: the one that waits. */
export type ApprovalView = ReturnType<typeof toApprovalView>

function toApprovalView(row: ApprovalRow) {
  return compact({
    id: row.id,
    runId: row.root_run_id,
    toolExecutionId: row.tool_execution_id,
    agent: row.agent,
    intent: row.intent,
    tool: row.tool,
    status: row.status,
    // Written by the ledger from an ActionPreview.
    preview: row.preview as ActionPreview & { recipients: string[] },
    argumentsHash: row.arguments_hash,
    requestedBy: row.requested_by,
    fourEyes: row.four_eyes,
    expiresAt: row.expires_at.toISOString(),
    createdAt: row.created_at.toISOString(),
    decidedBy: row.decided_by,
    decidedAt: row.decided_at?.toISOString(),
    note: row.note,
  })
}

/** Approvals, newest first: at most `limit`, all older than `before`, of one status where it is given. */
export async function listApprovals(
  tx: TenantTx,
  {
    limit,
    before,
    status,
  }: { readonly limit: number; readonly before?: string | undefined; readonly status?: ApprovalStatus | undefined },
): Promise<readonly ApprovalView[]> {
  let query = selectApprovals(tx).orderBy('a.id', 'desc').limit(limit)
  if (before !== undefined) query = query.where('a.id', '<', before)
  if (status !== undefined) query = query.where(currentStatus, '=', status)
  return (await query.execute()).map(toApprovalView)
}

/** An approval by its id; undefined where there is none in this organization. */
export async function findApproval(tx: TenantTx, approvalId: ApprovalId): Promise<ApprovalView | undefined> {
  const row = await selectApprovals(tx).where('a.id', '=', approvalId).executeTakeFirst()
  return row && toApprovalView(row)
}
