import type { LlmCallId, RunId, ToolExecutionId } from '../../base/ids.ts'
import { sql, type TenantTx } from '../../db/index.ts'

/** Whether this holder's fence is still the newest, with the row locked until the transaction ends. */
export async function holdsFence(
  tx: TenantTx,
  { runId, fence }: { readonly runId: RunId; readonly fence: number },
): Promise<boolean> {
  const row = await tx
    .selectFrom('agent_runs')
    .select('id')
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', runId)
    .where('fence', '=', fence)
    .where('status', '=', 'running')
    .forUpdate()
    .executeTakeFirst()
  return row !== undefined
}

/** What a holder has to ask about budgets, beside its fence. */
export interface EnteredRun {
  /** Something is set about what the call would use. */
  readonly hasBudgets: boolean
  /** The call holds something already. */
  readonly holdsBudgets: boolean
}

/**
 * Like `holdsFence`, and says in the same statement what there is to do about budgets; undefined where the lease is lost.
 * `treeOf` makes those who ask for the same root come one by one.
 */
export async function enterRun(
  tx: TenantTx,
  { runId, fence }: { readonly runId: RunId; readonly fence: number },
  {
    limits,
    callId,
    treeOf,
  }: {
    readonly limits: 'llm_cost' | 'sends'
    readonly callId: LlmCallId | ToolExecutionId
    readonly treeOf?: RunId
  },
): Promise<EnteredRun | undefined> {
  // A sub-select that names no column of the run is read before the row is locked, so that the tree's lock comes first.
  const inTurn =
    treeOf === undefined
      ? sql`true`
      : sql`(select pg_advisory_xact_lock(hashtextextended(${`tree ${tx.organizationId}/${treeOf}`}, 0))::text is not null)`
  const { rows } = await sql<{ has_budgets: boolean; holds_budgets: boolean }>`
    select exists (
      select from budget_profiles
      where organization_id = ${tx.organizationId} and limits = ${limits} and ended_at is null
    ) as has_budgets, exists (
      select from budget_reservations
      where organization_id = ${tx.organizationId} and call_id = ${callId} and status = 'held'
    ) as holds_budgets
    from agent_runs
    where organization_id = ${tx.organizationId} and id = ${runId} and fence = ${fence} and status = 'running' and ${inTurn}
    for update of agent_runs
  `.execute(tx)
  const [row] = rows
  return row && { hasBudgets: row.has_budgets, holdsBudgets: row.holds_budgets }
}
