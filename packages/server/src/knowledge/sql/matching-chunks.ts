import type { BrandId } from '../../base/ids.ts'
import { sql, type TenantTx } from '../../db/index.ts'

export interface MatchingChunks {
  readonly brandId: BrandId
  /** Words as people type them; quotes and a minus mean what they mean to a search engine. */
  readonly query: string
  /** A text search configuration of PostgreSQL: `english`. */
  readonly configuration: string
  /** `all`: what the query says; `any`: whatever has one of its words. */
  readonly words: 'all' | 'any'
  readonly limit: number
}

/** Ids of the brand's chunks that hold the query's words, best first. */
export async function matchingChunks(
  tx: TenantTx,
  { brandId, query, configuration, words, limit }: MatchingChunks,
): Promise<readonly string[]> {
  const config = sql`${configuration}::regconfig`
  // Only a plain query is free of operators, so that every `&` in its text stands between two words.
  const parsed =
    words === 'all'
      ? sql`websearch_to_tsquery(${config}, ${query})`
      : sql`replace(plainto_tsquery(${config}, ${query})::text, ' & ', ' | ')::tsquery`
  // 1: the rank is divided by 1 + log(length), because a long passage holds more words of anything.
  const result = await sql<{ id: string }>`
    select c.id
    from chunks c, (select ${parsed}) as q (parsed)
    where c.organization_id = ${tx.organizationId} and c.brand_id = ${brandId} and c.search @@ parsed
    order by ts_rank_cd(c.search, parsed, 1) desc, c.id
    limit ${limit}
  `.execute(tx)
  return result.rows.map((row) => row.id)
}
