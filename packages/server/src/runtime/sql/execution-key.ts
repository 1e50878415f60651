import type { RunId, ToolExecutionId } from '../../base/ids.ts'
import type { TenantTx } from '../../db/index.ts'
import type { ToolExecutionStatus } from '../spec.ts'
import { recordEvent } from './run-events.ts'

/** What names a call: its row, and what its run's events tell of it. */
export interface ExecutionKey {
  readonly runId: RunId
  readonly id: ToolExecutionId
  readonly stepKey: string
  readonly tool: string
}

/** Tells those who follow the run where the call stands. */
export function recordExecutionEvent(
  tx: TenantTx,
  execution: ExecutionKey,
  status: ToolExecutionStatus,
): Promise<void> {
  const { id, runId, stepKey, tool } = execution
  return recordEvent(tx, { runId, type: 'tool', data: { id, stepKey, tool, status } })
}
