import { sql, type TenantTx } from '../../db/index.ts'

/** What a run and every run below it came to. */
export interface RunTotals {
  readonly costMicros: number
  readonly inputTokens: number
  readonly outputTokens: number
  /** There was a generation, and each was asked of the sandbox. */
  readonly sandbox: boolean
}

/** The totals of runs, by their ids, each over the tree below it. In one query for a whole page of them. */
export async function listRunTotals(tx: TenantTx, runIds: readonly string[]): Promise<ReadonlyMap<string, RunTotals>> {
  if (runIds.length === 0) return new Map()
  const { rows } = await sql<{
    top: string
    cost_micros: number
    input_tokens: number
    output_tokens: number
    sandbox: boolean
  }>`
    with recursive tree as (
      select id as top, id, cost_micros, input_tokens, output_tokens from agent_runs
      where organization_id = ${tx.organizationId} and id in (${sql.join(runIds)})
      union all
      select tree.top, child.id, child.cost_micros, child.input_tokens, child.output_tokens
      from agent_runs child join tree on child.parent_run_id = tree.id
      where child.organization_id = ${tx.organizationId}
    )
    select tree.top, sum(tree.cost_micros)::bigint as cost_micros, sum(tree.input_tokens)::bigint as input_tokens,
      sum(tree.output_tokens)::bigint as output_tokens, coalesce(bool_and(asked.sandbox), false) as sandbox
    from tree
    left join lateral (
      select bool_and(call.provider = 'sandbox') as sandbox from llm_calls call
      where call.organization_id = ${tx.organizationId} and call.run_id = tree.id and call.operation <> 'embed'
    ) asked on true
    group by tree.top
  `.execute(tx)
  return new Map(
    rows.map((row) => [
      row.top,
      {
        costMicros: row.cost_micros,
        inputTokens: row.input_tokens,
        outputTokens: row.output_tokens,
        sandbox: row.sandbox,
      },
    ]),
  )
}
