import type { ToolExecutionId } from '../../../base/ids.ts'
import { sql, type TenantTx } from '../../../db/index.ts'

/** What a cap is asked about: the recipients of one call beside those of the calls before it. */
export interface CapQuestion {
  readonly agent: string
  readonly tools: readonly string[]
  readonly mode: string | undefined
  readonly executionId: ToolExecutionId
  readonly units: number
  readonly limit: number
  readonly periodHours: number
}

/**
 * Makes the calls of an agent that has caps come one by one, until the transaction ends: whoever counts next sees what
 * this one writes down.
 */
export async function lockCaps(tx: TenantTx, agent: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`caps ${tx.organizationId}/${agent}`}, 0))`.execute(tx)
}

/**
 * When a call has room under a cap: undefined where it has now. The ledger is counted: what is being sent, was sent, or
 * may have been, within the period that ends now, by the database's clock. Sandbox and real accounts count apart.
 */
export async function findRoom(
  tx: TenantTx,
  { agent, tools, mode, executionId, units, limit, periodHours }: CapQuestion,
): Promise<Date | undefined> {
  const { rows } = await sql<{ used: number; frees_at: Date | null }>`
    with sent as (
      select t.started_at, greatest(1, jsonb_array_length(t.preview -> 'recipients')) as units
      from tool_executions t
      join agent_runs r on r.organization_id = t.organization_id and r.id = t.run_id
      where t.organization_id = ${tx.organizationId} and r.agent = ${agent} and t.tool = any(${[...tools]}::text[])
        and t.mode is not distinct from ${mode ?? null}::connection_mode and t.id <> ${executionId}
        and t.started_at > clock_timestamp() - make_interval(hours => ${periodHours}::int)
        and t.status in ('executing', 'succeeded', 'unknown')
    ),
    freed as (select started_at, sum(units) over (order by started_at, units) as units from sent),
    total as (select coalesce(sum(units), 0)::int as used from sent)
    select used, (
      select min(started_at) + make_interval(hours => ${periodHours}::int) from freed
      where freed.units >= used + ${units}::int - ${limit}::int
    ) as frees_at
    from total
  `.execute(tx)
  const [row] = rows
  if (!row || row.used + units <= limit) return undefined
  return row.frees_at ?? undefined
}
