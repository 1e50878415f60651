import type { OrganizationId } from '../src/base/ids.ts'
import { type Database, withTenant } from '../src/db/index.ts'
import { importPeople } from '../src/people/index.ts'

/** Puts people on record who agreed to marketing mail at these addresses. */
export async function grantConsents(
  {
    database,
    organizationId,
    masterKey,
  }: { readonly database: Database; readonly organizationId: OrganizationId; readonly masterKey: Uint8Array },
  addresses: readonly string[],
): Promise<void> {
  const lines = addresses.map((email, index) => ({
    line: index + 2,
    cells: { email, consent: 'granted', consent_evidence: 'Said so in a test' },
  }))
  const { refused } = await withTenant(database, organizationId, (tx) =>
    importPeople(tx, { lines, source: 'test.csv', actor: 'cli', masterKey }),
  )
  if (refused[0]) throw new Error(refused[0].reason)
}
