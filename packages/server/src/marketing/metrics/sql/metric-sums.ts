import { sql, type TenantTx } from '../../../db/index.ts'
import type { MetricQuery } from '../spec.ts'

/** The sum of a series within one bucket. */
export interface MetricSum {
  readonly metric: string
  readonly unit: string | null
  readonly currency: string | null
  readonly key: string | null
  readonly label: string | null
  readonly bucket: Date
  /** A numeric, as text. */
  readonly value: string
  readonly count: number
}

/** The time zone of the transaction's organization. */
export async function getTimeZone(tx: TenantTx): Promise<string> {
  const row = await tx
    .selectFrom('organizations')
    .select('time_zone')
    .where('id', '=', tx.organizationId)
    .executeTakeFirstOrThrow()
  return row.time_zone
}

/** When each bucket begins that meets the time asked for, oldest first; one more than `limit` at most. */
export async function listBuckets(
  tx: TenantTx,
  { by, from, to }: Pick<MetricQuery, 'by' | 'from' | 'to'>,
  { timeZone, limit }: { readonly timeZone: string; readonly limit: number },
): Promise<readonly Date[]> {
  const { rows } = await sql<{ bucket: Date }>`
    select bucket from generate_series(
      date_trunc(${by}, ${from}::timestamptz, ${timeZone}), ${to}::timestamptz - interval '1 microsecond',
      ('1 ' || ${by})::interval, ${timeZone}
    ) as bucket limit ${limit + 1}
  `.execute(tx)
  return rows.map(({ bucket }) => bucket)
}

const groups = {
  brand: [sql`b.slug::text`, sql`b.name`],
  campaign: [sql`m.campaign_id::text`, sql`c.name`],
  content: [sql`m.content_id::text`, sql`k.title`],
  source: [sql`m.source`, sql`m.source`],
} as const
const noGroup = [sql`null::text`, sql`null::text`] as const

/** The facts that were asked for, added up by series and bucket. */
export async function sumMetrics(tx: TenantTx, query: MetricQuery, timeZone: string): Promise<readonly MetricSum[]> {
  const { metric, by, groupBy, brand, campaignId, contentId, source, from, to } = query
  const [key, label] = groupBy === undefined ? noGroup : groups[groupBy]
  const { rows } = await sql<MetricSum>`
    select m.metric, m.unit, m.currency, ${key} as key, ${label} as label,
      date_trunc(${by}, m.occurred_at, ${timeZone}) as bucket, sum(m.value)::text as value, count(*)::int as count
    from metric_events m
    join brands b on b.organization_id = m.organization_id and b.id = m.brand_id
    left join campaigns c on c.organization_id = m.organization_id and c.id = m.campaign_id
    left join content k on k.organization_id = m.organization_id and k.id = m.content_id
    where m.organization_id = ${tx.organizationId} and m.occurred_at >= ${from} and m.occurred_at < ${to}
      ${metric === undefined ? sql`` : sql`and m.metric = ${metric}`}
      ${brand === undefined ? sql`` : sql`and b.slug = ${brand}::citext`}
      ${campaignId === undefined ? sql`` : sql`and m.campaign_id = ${campaignId}`}
      ${contentId === undefined ? sql`` : sql`and m.content_id = ${contentId}`}
      ${source === undefined ? sql`` : sql`and m.source = ${source}`}
    group by 1, 2, 3, 4, 5, 6
  `.execute(tx)
  return rows
}
