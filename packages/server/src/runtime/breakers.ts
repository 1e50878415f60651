import { messageOf, recordError } from '../base/errors.ts'
import type { ConnectionId } from '../base/ids.ts'
import { ConnectorError } from '../connectors/spec.ts'
import { withTenant } from '../db/index.ts'
import type { Attempt } from './attempt.ts'
import type { Execution } from './execution.ts'
import { type Breaker, closeBreaker, noteFault } from './sql/breakers.ts'

/** How many failures in a row, of whichever workers, open a breaker, and how long it then stays open. */
const faultsToOpen = 5
const openMs = 30_000

/** A refusal of the request itself says nothing about the provider's health; what may be retried, or is unknown, does. */
const isProviderFault = (error: unknown) =>
  !(error instanceof ConnectorError) || error.retryable || error.effect === 'unknown'

/**
 * Makes a call that the breaker of its connection lets through, and tells the breaker how it went. Throws a
 * `ConnectorError` without an effect where it does not. `breaker` is what stood when the call was written down.
 */
export async function throughBreaker<Result>(
  attempt: Attempt,
  execution: Execution,
  { breaker, call }: { readonly breaker: Breaker | undefined; readonly call: () => Promise<Result> },
): Promise<Result> {
  if (breaker && breaker.pausedMs > 0) throw circuitOpen(execution, breaker)
  const { id } = execution.connection
  try {
    const result = await call()
    if (breaker && id) await tell(attempt, execution, (tx) => closeBreaker(tx, id))
    return result
  } catch (error) {
    // One that was cut because its run is cancelled or another worker's failed by nobody's fault.
    if (id && !attempt.watch.signal.aborted && isProviderFault(error))
      await countFault(attempt, execution, { id, error })
    throw error
  }
}

async function countFault(
  attempt: Attempt,
  execution: Execution,
  { id, error }: { readonly id: ConnectionId; readonly error: unknown },
): Promise<void> {
  const hasOpened = await tell(attempt, execution, (tx) =>
    noteFault(tx, id, { faultsToOpen, openMs, error: recordError(error) }),
  )
  if (hasOpened) attempt.runtime.metrics.circuitBreakersOpened.inc({ connector: execution.tool.connector.id })
}

/** What a breaker is told decides about later calls; a database that is away must not change how this one went. */
async function tell<Answer>(
  { organizationId, runtime }: Attempt,
  { id }: Execution,
  write: Parameters<typeof withTenant<Answer>>[2],
): Promise<Answer | undefined> {
  try {
    return await withTenant(runtime.database, organizationId, write)
  } catch (error) {
    runtime.logger.warn({ executionId: id, error: messageOf(error) }, 'A circuit breaker was not told of a call')
    return undefined
  }
}

function circuitOpen({ tool, connection }: Execution, { faults, pausedMs }: Breaker): ConnectorError {
  return new ConnectorError(
    'runtime.circuit_open',
    `Calls to ${tool.connector.id} are paused: the last ${faults} failed`,
    {
      kind: 'unavailable',
      effect: 'none',
      retryable: true,
      retryAfterMs: pausedMs,
      hint: `One is let through in ${Math.ceil(pausedMs / 1_000)} s, or at once: neonhub connections resume ${connection.id ?? ''}`,
    },
  )
}
