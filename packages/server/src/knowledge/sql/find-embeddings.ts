import { jsonb, sql, type TenantTx } from '../../db/index.ts'

/** The vectors, as pgvector writes them, that the organization has in a space for texts of these hashes. */
export async function findEmbeddings(
  tx: TenantTx,
  { spaceId, hashes }: { readonly spaceId: string; readonly hashes: readonly string[] },
): Promise<ReadonlyMap<string, string>> {
  const result = await sql<{ hash: string; embedding: string }>`
    select distinct on (c.content_hash) c.content_hash as hash, e.embedding::text as embedding
    from chunks c
    join chunk_embeddings e on e.organization_id = c.organization_id and e.chunk_id = c.id
    where c.organization_id = ${tx.organizationId} and e.embedding_space_id = ${spaceId}
      and c.content_hash in (select value from jsonb_array_elements_text(${jsonb(hashes)}))
  `.execute(tx)
  return new Map(result.rows.map(({ hash, embedding }) => [hash, embedding]))
}
