import { jsonb, sql, type TenantTx } from '../../db/index.ts'
import { sourcesOf, toolExecutionTransitions } from '../transitions.ts'
import { type ExecutionKey, recordExecutionEvent } from './execution-key.ts'
import { holdsFence } from './holds-fence.ts'

/** What would have kept a call of a dry run from leaving at once. */
export interface Simulation {
  /** A person would have been asked. */
  readonly asksApproval: boolean
  /** ISO 8601: its send window, or the room under a cap or in a budget, opens then. */
  readonly heldUntil?: string
  /** Which budget has no room for it, and why. */
  readonly budget?: string
}

/** What a call of a dry run comes to. */
export interface Simulated {
  readonly result: unknown
  readonly simulation: Simulation
}

/** Settles a planned call of a dry run, such as one that is tried again. Returns false where the lease is lost. */
export async function simulatePlanned(
  tx: TenantTx,
  execution: ExecutionKey & { readonly fence: number },
  { result, simulation }: Simulated,
): Promise<boolean> {
  if (!(await holdsFence(tx, execution))) return false
  await tx
    .updateTable('tool_executions')
    .set({
      status: 'simulated',
      result: jsonb(result),
      simulation: jsonb(simulation),
      error: null,
      not_before: null,
      finished_at: sql<Date>`clock_timestamp()`,
    })
    .where('organization_id', '=', tx.organizationId)
    .where('run_id', '=', execution.runId)
    .where('id', '=', execution.id)
    .where('status', 'in', sourcesOf(toolExecutionTransitions, 'simulated'))
    .execute()
  await recordExecutionEvent(tx, execution, 'simulated')
  return true
}
