import { newId } from '../../base/ids.ts'
import type { TenantTx } from '../../db/index.ts'
import type { EmbeddingSpace } from './embedding-space.ts'

/** The id of the organization's embedding space, added where it is new. */
export async function ensureEmbeddingSpace(tx: TenantTx, space: EmbeddingSpace): Promise<string> {
  const { provider, model, dimensions } = space
  await tx
    .insertInto('embedding_spaces')
    .values({ organization_id: tx.organizationId, id: newId(), provider, model, dimensions })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const row = await tx
    .selectFrom('embedding_spaces')
    .select('id')
    .where('organization_id', '=', tx.organizationId)
    .where('provider', '=', provider)
    .where('model', '=', model)
    .where('dimensions', '=', dimensions)
    .executeTakeFirstOrThrow()
  return row.id
}
