import type { BrandId } from '../../base/ids.ts'
import { sql, type TenantTx } from '../../db/index.ts'
import type { EmbeddingSpace, StoredSpace } from './embedding-space.ts'
import { ensureEmbeddingSpace } from './ensure-embedding-space.ts'
import { findSearchSpace } from './find-search-space.ts'

/** The space in which a brand is searched: `space` for one that has none yet. Both are stored from now on. */
export async function enterSpace(
  tx: TenantTx,
  { brandId, space }: { readonly brandId: BrandId; readonly space: EmbeddingSpace },
): Promise<{ readonly searched: StoredSpace; readonly own: StoredSpace }> {
  const own = { ...space, id: await ensureEmbeddingSpace(tx, space) }
  await sql`
    update brands set embedding_space_id = ${own.id}
    where organization_id = ${tx.organizationId} and id = ${brandId} and embedding_space_id is null
  `.execute(tx)
  return { searched: (await findSearchSpace(tx, brandId)) ?? own, own }
}
