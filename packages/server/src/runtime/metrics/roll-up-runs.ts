import { sql, type TenantTx } from '../../db/index.ts'

/**
 * Adds up the runs that ended in the last `days` days of the organization's time zone, today included, or in all, into a
 * row for each day, agent and intent. Doing it again changes nothing but what has changed in the runs meanwhile. A day
 * whose runs retention may have removed is never lowered.
 */
export async function rollUpRuns(tx: TenantTx, { days }: { readonly days: number | 'all' }): Promise<void> {
  // Another worker may be at it: two of them would meet each other's rows.
  await sql`select pg_advisory_xact_lock(7_310_036, hashtext(${tx.organizationId}))`.execute(tx)
  const since =
    days === 'all'
      ? sql`'-infinity'::date`
      : sql`((now() at time zone o.time_zone)::date - ${Math.max(1, Math.floor(days)) - 1}::int)`
  await sql`
    with place as materialized (
      select o.time_zone, ${since} as since from organizations o where o.id = ${tx.organizationId}
    ), ended as materialized (
      select r.id, r.agent, r.intent, r.status, r.cost_micros, r.input_tokens, r.output_tokens,
        (r.finished_at at time zone p.time_zone)::date as day,
        (extract(epoch from r.finished_at - r.started_at) * 1000)::bigint as duration_ms
      from agent_runs r, place p
      where r.organization_id = ${tx.organizationId} and r.status in ('succeeded', 'failed', 'cancelled')
        and r.finished_at >= (p.since::timestamp at time zone p.time_zone)
    ), tools as (
      select run_id, count(*) as calls from tool_executions
      where organization_id = ${tx.organizationId} and run_id in (select id from ended) group by run_id
    ), asked as (
      select run_id, count(*) as approvals from approvals
      where organization_id = ${tx.organizationId} and run_id in (select id from ended) group by run_id
    ), counted as materialized (
      select e.day, e.agent, e.intent,
        count(*) filter (where e.status = 'succeeded') as succeeded,
        count(*) filter (where e.status = 'failed') as failed,
        count(*) filter (where e.status = 'cancelled') as cancelled,
        percentile_disc(0.5) within group (order by e.duration_ms) as p50,
        percentile_disc(0.95) within group (order by e.duration_ms) as p95,
        sum(e.cost_micros)::bigint as cost, sum(e.input_tokens)::bigint as input, sum(e.output_tokens)::bigint as output,
        coalesce(sum(t.calls), 0) as calls, coalesce(sum(a.approvals), 0) as approvals
      from ended e left join tools t on t.run_id = e.id left join asked a on a.run_id = e.id
      group by e.day, e.agent, e.intent
    ), moved as (
      -- All of its runs were resumed, and end on another day or not yet.
      delete from agent_run_metrics m using place p
      where m.organization_id = ${tx.organizationId} and m.day >= p.since and not m.is_final
        and not exists (select from counted c where (c.day, c.agent, c.intent) = (m.day, m.agent, m.intent))
    )
    insert into agent_run_metrics as m (
      organization_id, day, agent, intent, succeeded, failed, cancelled, duration_p50_ms, duration_p95_ms, cost_micros,
      input_tokens, output_tokens, tool_calls, approvals
    )
    select ${tx.organizationId}, day, agent, intent, succeeded, failed, cancelled, p50, p95, cost, input, output, calls, approvals
    from counted
    on conflict (organization_id, day, agent, intent) do update set
      succeeded = excluded.succeeded, failed = excluded.failed, cancelled = excluded.cancelled,
      duration_p50_ms = excluded.duration_p50_ms, duration_p95_ms = excluded.duration_p95_ms,
      cost_micros = excluded.cost_micros, input_tokens = excluded.input_tokens, output_tokens = excluded.output_tokens,
      tool_calls = excluded.tool_calls, approvals = excluded.approvals, updated_at = now()
    where not m.is_final
      or excluded.succeeded + excluded.failed + excluded.cancelled > m.succeeded + m.failed + m.cancelled
  `.execute(tx)
}

/**
 * Before runs are removed that ended longer ago than `runDays`: adds up all that are still there, and lets the days that
 * they ended on stand.
 */
export async function keepRunMetrics(tx: TenantTx, { runDays }: { readonly runDays: number }): Promise<void> {
  await rollUpRuns(tx, { days: 'all' })
  await sql`
    update agent_run_metrics m set is_final = true
    from organizations o
    where m.organization_id = ${tx.organizationId} and o.id = m.organization_id and not m.is_final
      and m.day <= ((clock_timestamp() - make_interval(days => ${runDays})) at time zone o.time_zone)::date
  `.execute(tx)
}
