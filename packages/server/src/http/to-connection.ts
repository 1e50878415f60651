import type { Connection } from '@neonhub/contract'
import type { ConnectionSummary } from '../runtime/index.ts'
import { compact } from '../base/compact.ts'
import { JsonMembers } from './json-members.ts'

/** A connection as the contract shows it: never its credentials. */
export function toConnection({
  settings,
  lastCheckedAt,
  breaker,
  createdAt,
  authorization,
  ...connection
}: ConnectionSummary): Connection {
  return {
    ...connection,
    ...compact({ authorization: authorization && toAuthorization(authorization) }),
    settings: JsonMembers.parse(settings),
    lastCheckedAt: lastCheckedAt?.toISOString(),
    breaker: breaker && { ...breaker, openUntil: breaker.openUntil?.toISOString() },
    createdAt: createdAt.toISOString(),
  }
}

const toAuthorization = ({
  account,
  scopes,
  authorizedAt,
  accessExpiresAt,
  refreshes,
}: NonNullable<ConnectionSummary['authorization']>): NonNullable<Connection['authorization']> => ({
  scopes: [...scopes],
  authorizedAt: authorizedAt.toISOString(),
  refreshes,
  ...compact({ account, accessExpiresAt: accessExpiresAt?.toISOString() }),
})
