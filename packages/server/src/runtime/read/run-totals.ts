import { sql, type TenantTx } from '../../db/index.ts'
import { leastIdUnder } from './least-id-under.ts'

/** What a run and every run below it came to. */
export interface RunTotals {
  readonly costMicros: number
  readonly inputTokens: number
  readonly outputTokens: number
  /** There was a generation, and each was asked of the sandbox. */
  readonly sandbox: boolean
}

interface Kin {
  readonly id: string
  readonly parent_run_id: string | null
  readonly cost_micros: number
  readonly input_tokens: number
  readonly output_tokens: number
  /** Whether each generation was asked of the sandbox; null where there was none. */
  readonly sandbox: boolean | null
}

/**
 * The totals of runs, by their ids, each over the tree below it. In one query for a whole page of them: it reads the
 * families that the runs belong to by their root, which an index finds in each month, and no month before the oldest.
 * The ids stand in a sub-select, since the planner weighs an array that it sees id by id against each month's statistics.
 */
export async function listRunTotals(
  tx: TenantTx,
  runs: readonly { readonly id: string; readonly root_run_id: string }[],
): Promise<ReadonlyMap<string, RunTotals>> {
  if (runs.length === 0) return new Map()
  const roots = [...new Set(runs.map((run) => run.root_run_id))]
  const least = leastIdUnder(roots)
  const isYoung = (id: 'r.id' | 'c.id') => (least === undefined ? sql`` : sql`and ${sql.ref(id)} >= ${least}`)
  const { rows } = await sql<Kin>`
    select r.id, r.parent_run_id, r.cost_micros, r.input_tokens, r.output_tokens,
      (select bool_and(c.provider = 'sandbox') from llm_calls c
        where c.organization_id = r.organization_id and c.run_id = r.id and c.operation <> 'embed' ${isYoung('c.id')}
      ) as sandbox
    from agent_runs r
    where r.organization_id = ${tx.organizationId} and r.root_run_id = any(array(select unnest(${roots}::uuid[]))) ${isYoung('r.id')}
  `.execute(tx)
  const children = Map.groupBy(rows, (row) => row.parent_run_id)
  const byId = new Map(rows.map((row) => [row.id, row]))
  return new Map(runs.map(({ id }) => [id, sumOf(treeUnder(byId.get(id), children))]))
}

/** A run and all below it. */
function treeUnder(top: Kin | undefined, children: ReadonlyMap<string | null, readonly Kin[]>): readonly Kin[] {
  const tree = top ? [top] : []
  for (const run of tree) tree.push(...(children.get(run.id) ?? []))
  return tree
}

function sumOf(tree: readonly Kin[]): RunTotals {
  const sum = (of: (run: Kin) => number) => tree.reduce((total, run) => total + of(run), 0)
  const asked = tree.flatMap(({ sandbox }) => (sandbox === null ? [] : [sandbox]))
  return {
    costMicros: sum((run) => run.cost_micros),
    inputTokens: sum((run) => run.input_tokens),
    outputTokens: sum((run) => run.output_tokens),
    sandbox: asked.length > 0 && asked.every(Boolean),
  }
}
