import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
} from 'cockatiel'
import type { Metrics } from '../base/metrics.ts'
import type { OrganizationId } from '../base/ids.ts'
import { ConnectorError } from '../connectors/spec.ts'

/** How many failures in a row open a breaker, and how long it then stays open. */
const failuresToOpen = 5
const openMs = 30_000

/** A refusal of the request itself says nothing about the provider's health; what may be retried, or is unknown, does. */
const isProviderFault = (error: unknown) =>
  !(error instanceof ConnectorError) || error.retryable || error.effect === 'unknown'

/** One circuit breaker for each organization and connection of this process. */
export class Breakers {
  readonly #policies = new Map<string, CircuitBreakerPolicy>()
  readonly #metrics: Metrics

  constructor(metrics: Metrics) {
    this.#metrics = metrics
  }

  /** Runs `call`, or throws a `ConnectorError` without an effect while the breaker is open. */
  async guard<Result>(
    key: { readonly organizationId: OrganizationId; readonly connection: string; readonly connector: string },
    call: () => Promise<Result>,
  ): Promise<Result> {
    try {
      return await this.#policy(key).execute(call)
    } catch (error) {
      if (!(error instanceof BrokenCircuitError)) throw error
      throw new ConnectorError(
        'runtime.circuit_open',
        `Calls to ${key.connector} are paused: the last ${failuresToOpen} failed`,
        {
          kind: 'unavailable',
          effect: 'none',
          retryable: true,
          retryAfterMs: openMs,
          hint: 'Check the connection; calls are tried again after half a minute.',
          cause: error,
        },
      )
    }
  }

  #policy({ organizationId, connection, connector }: Parameters<Breakers['guard']>[0]): CircuitBreakerPolicy {
    const name = `${organizationId}/${connection}`
    const known = this.#policies.get(name)
    if (known) return known
    const policy = circuitBreaker(handleWhen(isProviderFault), {
      halfOpenAfter: openMs,
      breaker: new ConsecutiveBreaker(failuresToOpen),
    })
    let isClosed = true
    policy.onStateChange((state) => {
      const closes = state === CircuitState.Closed
      if (closes !== isClosed) this.#metrics.circuitBreakers.inc({ connector }, closes ? -1 : 1)
      isClosed = closes
    })
    this.#policies.set(name, policy)
    return policy
  }
}
