import { connectors } from '../connectors/index.ts'
import { sql, type TenantTx } from '../db/index.ts'
import { addConnection } from './connections.ts'
import { listConnections } from './sql/connections.ts'

/**
 * A sandbox connection of each connector, under the connector's own name, where the organization has none so named.
 * Resolves to the names of those that were missing.
 */
export async function addSandboxConnections(tx: TenantTx, masterKey: Uint8Array): Promise<readonly string[]> {
  // Two processes that start at once would both find a name missing.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`connections ${tx.organizationId}`}, 0))`.execute(tx)
  const names = new Set((await listConnections(tx)).map(({ name }) => name))
  const missing = [...connectors.keys()].filter((connector) => !names.has(connector))
  for (const connector of missing) {
    const connection = { connector, name: connector, mode: 'sandbox', settings: {}, credentials: undefined } as const
    await addConnection(tx, masterKey, connection)
  }
  return missing
}
