import { NeonHubError } from '../base/errors.ts'
import { asId, type OrganizationId } from '../base/ids.ts'
import { sql } from '../db/index.ts'
import type { SystemTx } from '../db/system.ts'

/** An organization's id by its short name. Throws `ops.organization_unknown` and names those there are. */
export async function findOrganization(tx: SystemTx, slug: string): Promise<OrganizationId> {
  const { rows } = await sql<{ id: string; slug: string }>`select id, slug from organizations order by slug`.execute(tx)
  const found = rows.find((row) => row.slug.toLowerCase() === slug.toLowerCase())
  if (found) return asId(found.id)
  const some = rows.slice(0, 20).map((row) => row.slug)
  throw new NeonHubError('ops.organization_unknown', `There is no organization "${slug}"`, {
    kind: 'not_found',
    hint: rows.length === 0 ? 'The installation has none yet.' : `There are: ${some.join(', ')}.`,
  })
}
