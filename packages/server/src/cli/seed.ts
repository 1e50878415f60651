import { type Database, withTenant } from '../db/index.ts'
import { ensureFirstOrganization, type FirstOrganization } from '../identity/index.ts'
import { addSandboxConnections } from '../runtime/index.ts'
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
  return {
    first,
    connections: await withTenant(database, first.organizationId, (tx) => addSandboxConnections(tx, masterKey)),
  }
}
