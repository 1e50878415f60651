import type { BrandId } from '../../base/ids.ts'
import { sql, type TenantTx } from '../../db/index.ts'

export interface RankedChunks {
  readonly brandId: BrandId
  readonly query: string
  /** A text search configuration of PostgreSQL. */
  readonly configuration: string
  readonly limit: number
}

/**
 * Ids of the brand's chunks that hold any of the query's words, best first. PostgreSQL's own ranks know nothing of how
 * rare a word is, so that in a question of ten words those that every passage has decide; here each word counts with
 * its inverse document frequency among the brand's chunks (Robertson and Zaragoza, "The Probabilistic Relevance
 * Framework: BM25 and Beyond", 2009), and `ts_rank` of the one word is what repeating it is worth: 1, 1.25, 1.36 …
 */
export async function rankedChunks(
  tx: TenantTx,
  { brandId, query, configuration, limit }: RankedChunks,
): Promise<readonly string[]> {
  // The planner knows nothing of a brand that was imported a moment ago. `materialized` and `offset 0` keep it from
  // plans that go through the chunks once a term or weigh the terms once a hit; `|| ''` unpacks a vector once a chunk.
  const result = await sql<{ id: string }>`
    with terms as materialized (
      select lexeme, array_to_tsvector(array[lexeme])::text::tsquery as query
      from unnest(to_tsvector(${configuration}::regconfig, ${query}))
    ),
    own as materialized (
      select count(*) as chunks from chunks where organization_id = ${tx.organizationId} and brand_id = ${brandId}
    ),
    hits as materialized (
      select chunk.id, hit.lexeme, hit.rank
      from (
        select id, search || ''::tsvector as search from chunks
        where organization_id = ${tx.organizationId} and brand_id = ${brandId}
        offset 0
      ) as chunk
      cross join lateral (
        select lexeme, ts_rank(chunk.search, query) as rank from terms where chunk.search @@ query
        offset 0
      ) as hit
    ),
    weights as materialized (
      select lexeme, ln(1 + (chunks - count(*) + 0.5) / (count(*) + 0.5)) as weight
      from hits cross join own group by lexeme, chunks
    )
    select hits.id
    from hits join weights using (lexeme)
    group by hits.id
    order by sum(hits.rank * weights.weight) desc, hits.id
    limit ${limit}
  `.execute(tx)
  return result.rows.map((row) => row.id)
}
