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
  const turn = treeOf === undefined ? null : `tree ${tx.organizationId}/${treeOf}`
  const { rows } = await sql<{ hasBudgets: boolean; holdsBudgets: boolean }>`
    select has_budgets as "hasBudgets", holds_budgets as "holdsBudgets"
    from enter_run(${runId}, ${fence}, ${limits}, ${callId}, ${turn})
  `.execute(tx)
  return rows[0]
}
