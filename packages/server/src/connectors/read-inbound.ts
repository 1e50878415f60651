import { NeonHubError } from '../base/errors.ts'
import type { Connector, InboundMessage, InboundRequest } from './spec.ts'

/** What came of a request: what a trigger read in it, or why it counts for nothing. */
export type ReadInbound =
  | { readonly verdict: 'genuine'; readonly trigger: string; readonly message: InboundMessage }
  | { readonly verdict: 'forged' | 'stale' }

/**
 * Checks a request with each trigger of a connector, and reads it by the first that finds it genuine. Throws
 * `connectors.no_triggers` and `connectors.inbound_unreadable`.
 */
export function readInbound(
  connector: Connector,
  {
    request,
    credentials,
    now,
  }: { readonly request: InboundRequest; readonly credentials: unknown; readonly now: Date },
): ReadInbound {
  const triggers = Object.entries(connector.triggers ?? {})
  if (triggers.length === 0) {
    throw new NeonHubError('connectors.no_triggers', `${connector.name} tells of nothing`, { kind: 'invalid' })
  }
  let verdict: 'forged' | 'stale' = 'forged'
  for (const [name, trigger] of triggers) {
    const found = trigger.verify(request, { credentials, now })
    if (found === 'genuine') return { verdict: found, trigger: name, message: trigger.parse(request) }
    if (found === 'stale') verdict = 'stale'
  }
  return { verdict }
}
