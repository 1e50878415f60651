import type { BrandId } from '../../base/ids.ts'
import { sql, type TenantTx } from '../../db/index.ts'
import type { EmbeddingSpace } from './embedding-space.ts'
import { ensureEmbeddingSpace } from './ensure-embedding-space.ts'

/** Notes the space that a brand is on its way to, once its dimension is known. Undefined where it turned round since. */
export async function aimReembedding(
  tx: TenantTx,
  { brandId, space }: { readonly brandId: BrandId; readonly space: EmbeddingSpace },
): Promise<string | undefined> {
  const spaceId = await ensureEmbeddingSpace(tx, space)
  const result = await sql`
    update reembeddings set embedding_space_id = ${spaceId}, updated_at = now()
    where organization_id = ${tx.organizationId} and brand_id = ${brandId} and provider = ${space.provider}
      and model = ${space.model} and switched_at is null
    returning 1
  `.execute(tx)
  return result.rows.length > 0 ? spaceId : undefined
}
