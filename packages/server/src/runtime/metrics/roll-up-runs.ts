import { sql, type TenantTx } from '../../db/index.ts'

/** Which days of the organization's time zone: the last so many with today, or all up to the one so long ago. */
type Days = { readonly last: number } | { readonly upToDaysAgo: number }

/**
 * Adds up the runs that ended on those days into a row for each day, agent and intent. Doing it again changes nothing but
 * what has changed in the runs meanwhile. A day whose runs retention may have removed is never lowered.
 */
export async function rollUpRuns(tx: TenantTx, days: Days): Promise<void> {
  // Another worker may be at it: two of them would meet each other's rows.
  await sql`select pg_advisory_xact_lock(7_310_036, hashtext(${tx.organizationId}))`.execute(tx)
  const [since, until] =
    'last' in days
      ? [
          sql`(now() at time zone o.time_zone)::date - ${Math.max(1, Math.floor(days.last)) - 1}::int`,
          sql`'infinity'::date`,
        ]
      : [sql`'-infinity'::date`, lastDayOf(days.upToDaysAgo)]
  await sql`
    with place as materialized (
      select o.time_zone, ${since} as since, ${until} as until from organizations o where o.id = ${tx.organizationId}
    ), ended as materialized (
      select r.id, r.agent, r.intent, r.status, r.cost_micros, r.input_tokens, r.output_tokens,
        (r.finished_at at time zone p.time_zone)::date as day,
        (extract(epoch from r.finished_at - r.started_at) * 1000)::bigint as duration_ms
      from agent_runs r, place p
      where r.organization_id = ${tx.organizationId} and r.status in ('succeeded', 'failed', 'cancelled')
        and r.finished_at >= (p.since::timestamp at time zone p.time_zone)
        and r.finished_at < ((p.until + 1)::timestamp at time zone p.time_zone)
        -- What was asked to measure an agent says nothing of its days.
        and not (r.is_dry_run and exists (
          select from agent_runs o
          where o.organization_id = r.organization_id and o.id = r.root_run_id and o.requested_by like 'eval:%'
        ))
    ), oldest as materialized (
      -- A run's id is its beginning, and so says in which months its calls may lie.
      select id from ended order by id limit 1
    ), tools as (
      select run_id, count(*) as calls from tool_executions
      where organization_id = ${tx.organizationId} and run_id >= (select id from oldest)
        and run_id in (select id from ended) and not is_copied and status::text <> 'simulated'
      group by run_id
    ), asked as (
      select run_id, count(*) as approvals from approvals
      where organization_id = ${tx.organizationId} and run_id >= (select id from oldest)
        and run_id in (select id from ended)
      group by run_id
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
      where m.organization_id = ${tx.organizationId} and m.day between p.since and p.until and not m.is_final
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

const lastDayOf = (daysAgo: number) =>
  sql`((clock_timestamp() - make_interval(days => ${daysAgo}::int)) at time zone o.time_zone)::date`

/**
 * Before runs are removed that ended longer ago than `runDays`: adds up those that are still there, and lets the days that
 * they ended on stand. Where all of that was done before, since runs are removed in many slices, nothing is added up.
 */
export async function keepRunMetrics(tx: TenantTx, { runDays }: { readonly runDays: number }): Promise<void> {
  const { rows } = await sql`
    select from organizations o
    join agent_runs r on r.organization_id = o.id and r.status in ('succeeded', 'failed', 'cancelled')
      and r.finished_at < ((${lastDayOf(runDays)} + 1)::timestamp at time zone o.time_zone)
    where o.id = ${tx.organizationId} and not exists (
      select from agent_run_metrics m
      where m.organization_id = o.id and m.is_final and m.day = (r.finished_at at time zone o.time_zone)::date
        and m.agent = r.agent and m.intent = r.intent
    )
    limit 1
  `.execute(tx)
  if (rows.length === 0) return
  await rollUpRuns(tx, { upToDaysAgo: runDays })
  await sql`
    update agent_run_metrics m set is_final = true
    from organizations o
    where m.organization_id = ${tx.organizationId} and o.id = m.organization_id and not m.is_final
      and m.day <= ${lastDayOf(runDays)}
  `.execute(tx)
}
