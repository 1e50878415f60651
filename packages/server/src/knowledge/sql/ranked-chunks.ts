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
  const result = await sql<{ id: string }>`
    with own as materialized (
      select id, search from chunks where organization_id = ${tx.organizationId} and brand_id = ${brandId}
    ),
    hits as (
      select own.id, term.lexeme, ts_rank(own.search, term.query) as rank
      from (
        select lexeme, array_to_tsvector(array[lexeme])::text::tsquery as query
        from unnest(to_tsvector(${configuration}::regconfig, ${query}))
      ) as term
      join own on own.search @@ term.query
    ),
    weights as (
      select lexeme, ln(1 + ((select count(*) from own) - count(*) + 0.5) / (count(*) + 0.5)) as weight
      from hits group by lexeme
    )
    select hits.id
    from hits join weights using (lexeme)
    group by hits.id
    order by sum(hits.rank * weights.weight) desc, hits.id
    limit ${limit}
  `.execute(tx)
  return result.rows.map((row) => row.id)
}
