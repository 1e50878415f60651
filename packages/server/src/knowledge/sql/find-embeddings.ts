import { jsonb, sql, type TenantTx } from '../../db/index.ts'

/** The vectors, as pgvector writes them, that the organization has in a space for texts of these hashes. */
export async function findEmbeddings(
  tx: TenantTx,
  { spaceId, hashes }: { readonly spaceId: string; readonly hashes: readonly string[] },
): Promise<ReadonlyMap<string, string>> {
  const result = await sql<{ hash: string; embedding: string }>`
    select distinct on (content_hash) content_hash as hash, embedding::text as embedding
    from chunks
    where organization_id = ${tx.organizationId} and embedding_space_id = ${spaceId}
      and content_hash in (select value from jsonb_array_elements_text(${jsonb(hashes)}))
  `.execute(tx)
  return new Map(result.rows.map(({ hash, embedding }) => [hash, embedding]))
}
