import type { Connection } from '@neonhub/contract'
import type { ConnectionSummary } from '../runtime/index.ts'
import { JsonMembers } from './json-members.ts'

/** A connection as the contract shows it: never its credentials. */
export function toConnection({ settings, lastCheckedAt, createdAt, ...connection }: ConnectionSummary): Connection {
  return {
    ...connection,
    settings: JsonMembers.parse(settings),
    lastCheckedAt: lastCheckedAt?.toISOString(),
    createdAt: createdAt.toISOString(),
  }
}
