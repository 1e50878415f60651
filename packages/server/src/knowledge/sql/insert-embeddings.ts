import type { BrandId } from '../../base/ids.ts'
import { jsonb, sql, type TenantTx } from '../../db/index.ts'

export interface NewEmbedding {
  readonly chunkId: string
  /** As pgvector writes it. */
  readonly embedding: string
}

/** Adds vectors of the brand's chunks in a space. A chunk that is gone, or has its vector by now, is passed over. */
export async function insertEmbeddings(
  tx: TenantTx,
  {
    brandId,
    spaceId,
    vectors,
  }: { readonly brandId: BrandId; readonly spaceId: string; readonly vectors: readonly NewEmbedding[] },
): Promise<void> {
  // The lock makes this wait for an import that is deleting the chunk, instead of failing on its foreign key. In order:
  // two workers with the same chunks would else wait for each other.
  await sql`
    with own as materialized (
      select c.id, r.embedding
      from jsonb_to_recordset(${jsonb(vectors)}) as r ("chunkId" uuid, embedding text)
      join chunks c on c.organization_id = ${tx.organizationId} and c.id = r."chunkId" and c.brand_id = ${brandId}
      order by c.id
      for key share of c
    )
    insert into chunk_embeddings (organization_id, brand_id, embedding_space_id, chunk_id, embedding)
    select ${tx.organizationId}, ${brandId}::uuid, ${spaceId}::uuid, id, embedding::vector from own order by id
    on conflict do nothing
  `.execute(tx)
}
