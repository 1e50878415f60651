import { compact } from '../../base/compact.ts'
import type { RecordedError } from '../../base/errors.ts'
import type { ToolExecutionId } from '../../base/ids.ts'
import type { ActionPreview } from '../../connectors/spec.ts'
import type { TenantTx } from '../../db/index.ts'
import type { Simulation } from '../sql/simulate-execution.ts'

/** Without the arguments: the preview says in a trace what they say. */
const selectExecutions = (tx: TenantTx) =>
  tx
    .selectFrom('tool_executions as t')
    .leftJoin('approvals as a', (join) =>
      join
        .onRef('a.organization_id', '=', 't.organization_id')
        .onRef('a.run_id', '=', 't.run_id')
        .onRef('a.tool_execution_id', '=', 't.id'),
    )
    .select([
      't.id',
      't.run_id',
      't.step_key',
      't.tool',
      't.effect',
      't.mode',
      't.status',
      't.preview',
      't.attempt',
      't.policy_version',
      't.not_before',
      't.result',
      't.error',
      't.started_at',
      't.finished_at',
      't.cost_micros',
      't.cost_currency',
      't.ad_spend_micros',
      't.ad_spend_currency',
      't.is_copied',
      't.simulation',
      'a.id as approval_id',
    ])
    .where('t.organization_id', '=', tx.organizationId)

type ExecutionRow = Awaited<ReturnType<ReturnType<typeof selectExecutions>['execute']>>[number]

/** A call of a tool as people see it, without its arguments. */
export type ToolExecutionView = ReturnType<typeof toExecutionView>

function toExecutionView(row: ExecutionRow) {
  return compact({
    id: row.id,
    stepKey: row.step_key,
    tool: row.tool,
    effect: row.effect,
    mode: row.mode,
    status: row.status,
    // Written by the ledger from an ActionPreview.
    preview: row.preview as ActionPreview & { recipients: string[] },
    attempt: row.attempt,
    policyVersion: row.policy_version,
    notBefore: row.not_before?.toISOString(),
    result: row.result ?? undefined,
    error: row.error as RecordedError | null,
    approvalId: row.approval_id,
    cost: moneyOf(row.cost_micros, row.cost_currency),
    adSpend: moneyOf(row.ad_spend_micros, row.ad_spend_currency),
    copied: row.is_copied || undefined,
    // Written by the ledger from a Simulation.
    simulation: row.simulation as Simulation | null,
    startedAt: row.started_at?.toISOString(),
    finishedAt: row.finished_at?.toISOString(),
  })
}

const moneyOf = (micros: number | null, currency: string | null) =>
  micros === null || currency === null ? undefined : { micros, currency }

/** The tool executions of runs, each with the run that it belongs to, in the order in which they were planned. */
export async function listToolExecutions(
  tx: TenantTx,
  runIds: readonly string[],
): Promise<readonly { readonly run: string; readonly view: ToolExecutionView }[]> {
  const rows = await selectExecutions(tx)
    .where('t.run_id', 'in', runIds)
    .orderBy('t.created_at')
    .orderBy('t.id')
    .execute()
  return rows.map((row) => ({ run: row.run_id, view: toExecutionView(row) }))
}

/** A tool execution with its exact arguments; undefined where there is none in this organization. */
export async function findToolExecution(tx: TenantTx, id: ToolExecutionId) {
  const row = await selectExecutions(tx)
    .select(['t.arguments', 't.arguments_hash'])
    .where('t.id', '=', id)
    .executeTakeFirst()
  return (
    row && { ...toExecutionView(row), runId: row.run_id, arguments: row.arguments, argumentsHash: row.arguments_hash }
  )
}
