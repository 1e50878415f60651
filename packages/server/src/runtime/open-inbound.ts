import type { ConnectionId, OrganizationId } from '../base/ids.ts'
import { connectors } from '../connectors/index.ts'
import type { Connector } from '../connectors/spec.ts'
import { withTenant } from '../db/index.ts'
import type { RuntimeParts } from './spec.ts'
import { openCredentials } from './open-credentials.ts'
import { findConnection } from './sql/connections.ts'

/** A connection as what comes in from its service is checked with it. */
export interface InboundConnection {
  readonly connector: Connector
  readonly credentials: unknown
  readonly isDisabled: boolean
}

/**
 * Opens a connection whose service tells of events. A sandbox one has `sandboxCredentials`. Undefined where there is
 * none of this id, where its connector has no triggers, and for a sandbox in an installation that uses none.
 */
export async function openInbound(
  { database, masterKey, mockConnectors }: Pick<RuntimeParts, 'database' | 'masterKey' | 'mockConnectors'>,
  organizationId: OrganizationId,
  { connectionId, sandboxCredentials }: { readonly connectionId: ConnectionId; readonly sandboxCredentials: unknown },
): Promise<InboundConnection | undefined> {
  const connection = await withTenant(database, organizationId, (tx) => findConnection(tx, { id: connectionId }))
  if (!connection) return undefined
  const connector = connectors.get(connection.connector)
  if (!connector?.triggers) return undefined
  const isDisabled = connection.status === 'disabled'
  if (connection.mode === 'real') {
    // Nothing leaves by what comes in: a real secret is asked for also where every call is kept in the sandbox.
    return { connector, isDisabled, credentials: openCredentials(connection, { organizationId, masterKey }) }
  }
  return mockConnectors === false ? undefined : { connector, isDisabled, credentials: sandboxCredentials }
}
