import { type Compact, compact } from '../../base/compact.ts'
import type { BrandId } from '../../base/ids.ts'
import { sql, type TenantTx } from '../../db/index.ts'

/** A search term that a brand wants to be found by. */
export type Keyword = Compact<{
  readonly term: string
  readonly intent: string | undefined
  /** Searches a month. */
  readonly volume: number | undefined
  /** 0 (easy) to 100 (hard). */
  readonly difficulty: number | undefined
  /** The name of a persona. */
  readonly persona: string | undefined
}>

/** The keywords of the brand: the most searched first, those of unknown volume last. */
export async function listKeywords(tx: TenantTx, brandId: BrandId): Promise<Keyword[]> {
  const rows = await tx
    .selectFrom('keywords')
    .select(['term', 'intent', 'volume', 'difficulty', 'persona'])
    .where('organization_id', '=', tx.organizationId)
    .where('brand_id', '=', brandId)
    .orderBy(sql`volume desc nulls last`)
    .orderBy('term')
    .execute()
  return rows.map((row) => compact(row))
}
