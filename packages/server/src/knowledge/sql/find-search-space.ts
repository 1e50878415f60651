import type { BrandId } from '../../base/ids.ts'
import { sql, type TenantTx } from '../../db/index.ts'
import type { StoredSpace } from './embedding-space.ts'

/** The space in which search looks for a brand's passages. Undefined before its first import, and for no brand. */
export async function findSearchSpace(tx: TenantTx, brandId: BrandId): Promise<StoredSpace | undefined> {
  const result = await sql<StoredSpace>`
    select s.id, s.provider, s.model, s.dimensions
    from brands b
    join embedding_spaces s on s.organization_id = b.organization_id and s.id = b.embedding_space_id
    where b.organization_id = ${tx.organizationId} and b.id = ${brandId}
  `.execute(tx)
  return result.rows[0]
}
