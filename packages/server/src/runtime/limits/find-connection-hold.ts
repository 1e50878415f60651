import { NeonHubError, type RecordedError, recordError } from '../../base/errors.ts'
import type { TenantTx } from '../../db/index.ts'
import type { HeldCall } from '../guards.ts'
import { passLimits } from './sql/limits.ts'

/** How soon a call asks again that waits for another to end: about when a reconciler next looks for it. */
const holdMs = 2_000

/**
 * Until when a call has to wait for its connection's limits, and why; undefined where it may leave now, and is counted.
 * Other calls of a connection with limits wait for this one's transaction to end.
 */
export async function findConnectionHold(
  tx: TenantTx,
  { action, executionId, tool, connectionHasLimits }: HeldCall,
): Promise<{ readonly until: Date; readonly error: RecordedError } | undefined> {
  if (!connectionHasLimits || action === undefined) return undefined
  const refused = await passLimits(tx, { connectionId: action.connectionId, executionId, holdMs })
  if (!refused) return undefined
  const { kind, used, limit, until } = refused
  const what = kind === 'at_once' ? 'calls at once' : 'calls a minute'
  const error = new NeonHubError(
    'runtime.connection_busy',
    `${tool} waits for its connection: ${used} of ${limit} ${what}`,
    {
      kind: 'unavailable',
      retryable: true,
      hint: 'It goes on by itself. Who may manage budgets can allow more: neonhub limits list',
    },
  )
  return { until, error: recordError(error) }
}
