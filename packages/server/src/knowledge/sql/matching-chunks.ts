import type { BrandId } from '../../base/ids.ts'
import { sql, type TenantTx } from '../../db/index.ts'

export interface MatchingChunks {
  readonly brandId: BrandId
  /** Words as people type them; quotes, `or` and a minus mean what they mean to a search engine. */
  readonly query: string
  /** A text search configuration of PostgreSQL: `english`. */
  readonly configuration: string
  readonly limit: number
}

/** Ids of the brand's chunks that hold all that the query asks for, those where its words stand together first. */
export async function matchingChunks(
  tx: TenantTx,
  { brandId, query, configuration, limit }: MatchingChunks,
): Promise<readonly string[]> {
  // 1: the rank is divided by 1 + log(length), because a long passage holds more words of anything.
  const result = await sql<{ id: string }>`
    select c.id
    from chunks c, websearch_to_tsquery(${configuration}::regconfig, ${query}) as parsed
    where c.organization_id = ${tx.organizationId} and c.brand_id = ${brandId} and c.search @@ parsed
    order by ts_rank_cd(c.search, parsed, 1) desc, c.id
    limit ${limit}
  `.execute(tx)
  return result.rows.map((row) => row.id)
}
