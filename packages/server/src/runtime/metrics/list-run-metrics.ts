import { sql, type TenantTx } from '../../db/index.ts'

/** The runs of an agent's intent that ended on a day. */
export interface RunMetrics {
  /** `2026-03-29`, in the organization's time zone. */
  readonly day: string
  readonly agent: string
  readonly intent: string
  readonly succeeded: number
  readonly failed: number
  readonly cancelled: number
  readonly durationP50Ms: number | null
  readonly durationP95Ms: number | null
  readonly costMicros: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly toolCalls: number
  readonly approvals: number
}

export interface RunMetricsReport {
  readonly timeZone: string
  /** The days that were asked for, first and last included. */
  readonly from: string
  readonly to: string
  readonly days: readonly RunMetrics[]
}

/**
 * What agents did from one day to another, oldest first: by default the last thirty days up to today, as the
 * organization's clocks have it.
 */
export async function listRunMetrics(
  tx: TenantTx,
  asked: { readonly agent?: string | undefined; readonly from?: string | undefined; readonly to?: string | undefined },
): Promise<RunMetricsReport> {
  const { from: first, to: last, agent } = asked
  const { rows: places } = await sql<{ timeZone: string; from: string; to: string }>`
    select o.time_zone as "timeZone", t.last::text as to, coalesce(${first ?? null}::date, t.last - 29)::text as from
    from organizations o,
      lateral (select coalesce(${last ?? null}::date, (now() at time zone o.time_zone)::date) as last) t
    where o.id = ${tx.organizationId}
  `.execute(tx)
  const [place] = places
  if (!place) throw new RangeError('a transaction inside an organization finds it')
  const { rows } = await sql<RunMetrics>`
    select day::text, agent, intent, succeeded, failed, cancelled, duration_p50_ms::float8 as "durationP50Ms",
      duration_p95_ms::float8 as "durationP95Ms", cost_micros::float8 as "costMicros",
      input_tokens::float8 as "inputTokens", output_tokens::float8 as "outputTokens", tool_calls as "toolCalls", approvals
    from agent_run_metrics
    where organization_id = ${tx.organizationId} and day between ${place.from}::date and ${place.to}::date
      ${agent === undefined ? sql`` : sql`and agent = ${agent}`}
    order by day, agent, intent
  `.execute(tx)
  return { ...place, days: rows }
}
