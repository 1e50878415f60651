import type { Connection } from '@neonhub/contract'
import type { ConnectionSummary } from '../runtime/index.ts'
import { JsonMembers } from './json-members.ts'

/** A connection as the contract shows it: never its credentials. */
export function toConnection({
  settings,
  lastCheckedAt,
  breaker,
  createdAt,
  ...connection
}: ConnectionSummary): Connection {
  return {
    ...connection,
    settings: JsonMembers.parse(settings),
    lastCheckedAt: lastCheckedAt?.toISOString(),
    breaker: breaker && { ...breaker, openUntil: breaker.openUntil?.toISOString() },
    createdAt: createdAt.toISOString(),
  }
}
