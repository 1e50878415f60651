import { jsonb, sql, type TenantTx } from '../../../db/index.ts'
import type { NewMetric } from '../spec.ts'

/** Where a fact belongs, and what is wrong with what it names. */
export interface PlacedMetric {
  readonly brandId: string | null
  /** Of the fact, or of the content that it names. */
  readonly campaignId: string | null
  readonly hasCampaign: boolean
  readonly hasContent: boolean
  readonly isAhead: boolean
}

/** The places of facts, in their order. */
export async function placeMetrics(tx: TenantTx, events: readonly NewMetric[]): Promise<readonly PlacedMetric[]> {
  const { rows } = await sql<PlacedMetric>`
    select b.id as "brandId", coalesce(c.id, k.campaign_id) as "campaignId",
      e."campaignId" is null or c.id is not null as "hasCampaign",
      e."contentId" is null or (k.id is not null and (c.id is null or k.campaign_id is not distinct from c.id)) as "hasContent",
      e."occurredAt" > now() + interval '1 day' as "isAhead"
    from rows from (
      jsonb_to_recordset(${jsonb(events)}) as (brand text, "campaignId" uuid, "contentId" uuid, "occurredAt" timestamptz)
    ) with ordinality as e (brand, "campaignId", "contentId", "occurredAt", position)
    left join brands b on b.organization_id = ${tx.organizationId} and b.slug = e.brand::citext
    left join campaigns c on c.organization_id = b.organization_id and c.brand_id = b.id and c.id = e."campaignId"
    left join content k on k.organization_id = b.organization_id and k.brand_id = b.id and k.id = e."contentId"
    order by e.position
  `.execute(tx)
  return rows
}

const fact = sql`
  id uuid, "keyHash" text, "brandId" uuid, "campaignId" uuid, "contentId" uuid, metric text, value numeric, unit text,
  currency text, "occurredAt" timestamptz, source text`

/**
 * Writes those facts whose key is new and returns their keys' hashes. In the order of the keys, so that two senders of the
 * same facts wait for each other rather than for ever.
 */
export async function insertMetrics(
  tx: TenantTx,
  { rows: facts, recordedBy }: { readonly rows: readonly object[]; readonly recordedBy: string },
): Promise<readonly string[]> {
  const { rows } = await sql<{ key_hash: string }>`
    insert into metric_events (
      organization_id, id, key_hash, brand_id, campaign_id, content_id, metric, value, unit, currency, occurred_at, source,
      recorded_by
    )
    select ${tx.organizationId}, id, "keyHash", "brandId", "campaignId", "contentId", metric, value, unit, currency,
      "occurredAt", source, ${recordedBy}
    from jsonb_to_recordset(${jsonb(facts)}) as e (${fact})
    order by "keyHash", id
    on conflict (organization_id, key_hash) do nothing
    returning key_hash
  `.execute(tx)
  return rows.map((row) => row.key_hash)
}

/** The positions of those facts that stand just as they are told. */
export async function listStanding(
  tx: TenantTx,
  { rows: facts }: { readonly rows: readonly object[] },
): Promise<ReadonlySet<number>> {
  const { rows } = await sql<{ position: number }>`
    select (e.position - 1)::int as position
    from rows from (jsonb_to_recordset(${jsonb(facts)}) as (${fact})) with ordinality
      as e (id, "keyHash", "brandId", "campaignId", "contentId", metric, value, unit, currency, "occurredAt", source, position)
    join metric_events m on m.organization_id = ${tx.organizationId} and m.key_hash = e."keyHash"
    where (m.brand_id, m.metric, m.value, m.occurred_at, m.source) = (e."brandId", e.metric, e.value, e."occurredAt", e.source)
      and (m.campaign_id, m.content_id, m.unit, m.currency)
        is not distinct from (e."campaignId", e."contentId", e.unit, e.currency)
  `.execute(tx)
  return new Set(rows.map(({ position }) => position))
}
