import type { OrganizationId } from '../base/ids.ts'
import { connectors } from '../connectors/index.ts'
import { type Database, withTenant } from '../db/index.ts'
import { ensureFirstOrganization, type FirstOrganization } from '../identity/index.ts'
import { addConnection, listConnections } from '../runtime/index.ts'
import { keepSignIn } from './sign-in-file.ts'

export interface SeedResult {
  readonly first: FirstOrganization
  /** Names of the connections that this call made. */
  readonly connections: readonly string[]
}

/**
 * Makes what a first start needs, where it is not there: an organization with its owner, whose password is kept in the
 * data folder, and a sandbox connection of each connector. A second call changes nothing.
 */
export async function seed(
  database: Database,
  { masterKey, dataDir, url }: { readonly masterKey: Uint8Array; readonly dataDir: string; readonly url: string },
): Promise<SeedResult> {
  const first = await ensureFirstOrganization(database)
  await keepSignIn(first, { dataDir, url })
  return { first, connections: await seedConnections(database, first.organizationId, masterKey) }
}

/** A sandbox connection of each connector, under the connector's own name, where the organization has none so named. */
async function seedConnections(
  database: Database,
  organizationId: OrganizationId,
  masterKey: Uint8Array,
): Promise<readonly string[]> {
  return withTenant(database, organizationId, async (tx) => {
    const names = new Set((await listConnections(tx)).map(({ name }) => name))
    const missing = [...connectors.keys()].filter((connector) => !names.has(connector))
    for (const connector of missing) {
      const connection = { connector, name: connector, mode: 'sandbox', settings: {}, credentials: undefined } as const
      await addConnection(tx, masterKey, connection)
    }
    return missing
  })
}
