import type { BrandId } from '../../../base/ids.ts'
import { sql, type TenantTx } from '../../../db/index.ts'

/** What a metric came to in the last ninety days. */
export interface MeasuredTotal {
  readonly metric: string
  /** What the value is in; absent for a plain count. Money is in whole units of its currency. */
  readonly unit?: string
  readonly value: number
  /** Name of the campaign; absent for what belongs to none. */
  readonly campaign?: string
}

/** What was measured of a brand in the last ninety days, by campaign, the newest campaigns first; forty at most. */
export async function listMeasuredTotals(tx: TenantTx, brandId: BrandId): Promise<readonly MeasuredTotal[]> {
  const { rows } = await sql<{ metric: string; unit: string | null; value: number; campaign: string | null }>`
    select m.metric, coalesce(m.currency, m.unit) as unit,
      (sum(m.value) / case when m.currency is null then 1 else 1e6 end)::float8 as value, c.name as campaign
    from metric_events m
    left join campaigns c on c.organization_id = m.organization_id and c.id = m.campaign_id
    where m.organization_id = ${tx.organizationId} and m.brand_id = ${brandId}
      and m.occurred_at >= now() - interval '90 days'
    group by m.metric, m.unit, m.currency, c.id, c.name
    order by c.id desc nulls last, m.metric, unit
    limit 40
  `.execute(tx)
  return rows.map(({ metric, unit, value, campaign }) => ({
    metric,
    value,
    ...(unit === null ? {} : { unit }),
    ...(campaign === null ? {} : { campaign }),
  }))
}
