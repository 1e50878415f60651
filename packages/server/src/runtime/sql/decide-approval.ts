import { z } from 'zod'
import { NeonHubError } from '../../base/errors.ts'
import { type ApprovalId, asId, type RunId, type ToolExecutionId } from '../../base/ids.ts'
import { sql, type TenantTx } from '../../db/index.ts'
import { findTool } from '../../connectors/index.ts'
import { recordSent } from '../../people/index.ts'
import { announceCall } from '../announcements.ts'
import { settleBudgets } from '../budgets/reserve-budgets.ts'
import { lockRoot } from './finish-run.ts'
import { needsFourEyes } from './four-eyes.ts'
import { recordEvent } from './run-events.ts'

/** What an approval or an execution belongs to. */
export interface DecidedCall {
  readonly runId: RunId
  readonly rootRunId: RunId
  readonly tool: string
}

/**
 * Writes a person's answer, once and before the expiry, with the root's row locked. Returns undefined where there is
 * nothing to decide: a foreign id, an absent one, and one that is decided or expired look alike. Throws
 * `runtime.own_request` where a yes has to come from another person.
 */
export async function decideApproval(
  tx: TenantTx,
  {
    approvalId,
    approve,
    by,
    note,
    argumentsHash,
  }: {
    readonly approvalId: ApprovalId
    readonly approve: boolean
    readonly by: string
    readonly note: string | undefined
    /** The hash that the person was shown; the answer counts for these bytes alone. */
    readonly argumentsHash: string | undefined
  },
): Promise<DecidedCall | undefined> {
  const found = await tx
    .selectFrom('approvals as a')
    .innerJoin('agent_runs as r', (join) =>
      join.onRef('r.organization_id', '=', 'a.organization_id').onRef('r.id', '=', 'a.run_id'),
    )
    .innerJoin('tool_executions as t', (join) =>
      join.onRef('t.organization_id', '=', 'a.organization_id').onRef('t.id', '=', 'a.tool_execution_id'),
    )
    .select(['a.run_id', 'r.root_run_id', 't.id', 't.tool', 't.step_key'])
    .select(isOwnRequest(tx, by).as('isOwnRequest'))
    .where('a.organization_id', '=', tx.organizationId)
    .where('a.id', '=', approvalId)
    .executeTakeFirst()
  if (!found) return undefined
  if (approve && found.isOwnRequest) throw ownRequest(found.tool)
  const call: DecidedCall = { runId: asId(found.run_id), rootRunId: asId(found.root_run_id), tool: found.tool }
  // Nothing goes on in a run that is over.
  const status = await lockRoot(tx, call.rootRunId)
  if (status === 'cancelled' || status === 'succeeded') return undefined
  const answer = approve ? 'approved' : 'denied'
  let update = tx
    .updateTable('approvals')
    .set({
      status: answer,
      decided_by: by,
      decided_at: sql<Date>`now()`,
      note: note ?? null,
      updated_at: sql<Date>`now()`,
    })
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', approvalId)
    .where('status', '=', 'pending')
    .where('expires_at', '>', sql<Date>`now()`)
  if (argumentsHash !== undefined) update = update.where('arguments_hash', '=', argumentsHash)
  const updated = await update.executeTakeFirst()
  if (updated.numUpdatedRows === 0n) return undefined
  const data = { id: found.id, stepKey: found.step_key, tool: found.tool, status: answer }
  await recordEvent(tx, { runId: call.runId, type: 'tool', data })
  await announceCall(tx, approve ? 'approval.approved' : 'approval.denied', {
    executionId: asId(found.id),
    decidedBy: by,
  })
  return call
}

/** Whether whoever answers asked for the run, or may have, where that needs a second pair of eyes. */
const isOwnRequest = ({ organizationId }: TenantTx, by: string) => sql<boolean>`
  ${needsFourEyes}
  and coalesce(person_behind(${organizationId}, ${by}) = person_behind(${organizationId}, a.requested_by), true)
`

const ownRequest = (tool: string) =>
  new NeonHubError(
    'runtime.own_request',
    `A yes to this ${tool} has to come from another person than the one who asked for its run`,
    {
      kind: 'forbidden',
      hint: 'Let another member who may approve decide. Where nobody knows any more who asked, deny it and start the run anew.',
    },
  )

/** Writes a person's word on an unknown outcome, with the root's row locked. Undefined where there is none to settle. */
export async function settleUnknown(
  tx: TenantTx,
  {
    executionId,
    outcome,
    by,
    note,
  }: {
    readonly executionId: ToolExecutionId
    readonly outcome: 'succeeded' | 'failed'
    readonly by: string
    readonly note: string | undefined
  },
): Promise<DecidedCall | undefined> {
  const found = await tx
    .selectFrom('tool_executions as t')
    .innerJoin('agent_runs as r', (join) =>
      join.onRef('r.organization_id', '=', 't.organization_id').onRef('r.id', '=', 't.run_id'),
    )
    .select(['t.run_id', 'r.root_run_id', 't.tool', 't.step_key', 't.preview'])
    .where('t.organization_id', '=', tx.organizationId)
    .where('t.id', '=', executionId)
    .executeTakeFirst()
  if (!found) return undefined
  const call: DecidedCall = { runId: asId(found.run_id), rootRunId: asId(found.root_run_id), tool: found.tool }
  await lockRoot(tx, call.rootRunId)
  const word = JSON.stringify({ settledBy: by, note: note ?? null })
  const failed = JSON.stringify({
    code: 'runtime.settled_failed',
    message: `Settled as failed by ${by}`,
    retryable: false,
  })
  const { numAffectedRows } = await sql`
    update tool_executions set status = ${outcome},
      result = case when ${outcome} = 'succeeded' then ${word}::jsonb end,
      error = case when ${outcome} = 'failed' then ${failed}::jsonb end,
      cost_micros = case when ${outcome} = 'succeeded' then cost_micros end,
      cost_currency = case when ${outcome} = 'succeeded' then cost_currency end,
      ad_spend_micros = case when ${outcome} = 'succeeded' then ad_spend_micros end,
      ad_spend_currency = case when ${outcome} = 'succeeded' then ad_spend_currency end,
      finished_at = clock_timestamp()
    where organization_id = ${tx.organizationId} and run_id = ${call.runId} and id = ${executionId} and status = 'unknown'
  `.execute(tx)
  if (!numAffectedRows) return undefined
  const data = { id: executionId, stepKey: found.step_key, tool: found.tool, status: outcome }
  await recordEvent(tx, { runId: call.runId, type: 'tool', data })
  await settleBudgets(tx, executionId, outcome === 'succeeded' ? undefined : 0)
  await announceCall(tx, 'tool_execution.settled', { executionId, outcome, settledBy: by })
  const toPeople = findTool(found.tool)?.action.toPeople
  if (outcome === 'succeeded' && toPeople) {
    await recordSent(tx, {
      channel: toPeople.channel,
      addresses: Recipients.parse(found.preview).recipients,
      runId: call.runId,
      toolExecutionId: executionId,
      tool: found.tool,
    })
  }
  return call
}

const Recipients = z.object({ recipients: z.array(z.string()) })
