import type { RecordedError } from '../../base/errors.ts'
import { jsonb, sql, type TenantTx } from '../../db/index.ts'
import { passAtOf } from '../pass-at.ts'
import type { CostlyVerdict, Evaluator } from '../spec.ts'

/** Keeps what an evaluator says of an answer. What is there already stays: each says it once. */
export async function insertResult(
  tx: TenantTx,
  { itemId, evaluator, verdict }: { itemId: string; evaluator: Evaluator; verdict: CostlyVerdict },
): Promise<void> {
  const { score, reason, error, costMicros, llmCallId } = verdict
  await tx
    .insertInto('eval_results')
    .values({
      organization_id: tx.organizationId,
      item_id: itemId,
      evaluator: evaluator.name,
      score: score ?? null,
      passed: score === undefined ? null : score >= passAtOf(evaluator) - tolerance,
      reason: reason ?? '',
      error: error === undefined ? null : jsonb(error),
      cost_micros: costMicros ?? 0,
      llm_call_id: llmCallId ?? null,
    })
    .onConflict((conflict) => conflict.columns(['organization_id', 'item_id', 'evaluator']).doNothing())
    .execute()
}

/** Seven tenths of ten texts reach 0.7, whatever a division of binary numbers makes of it. */
const tolerance = 1e-9

/** Which of an item's evaluators have spoken. */
export async function listDone(tx: TenantTx, itemId: string): Promise<ReadonlySet<string>> {
  const rows = await tx
    .selectFrom('eval_results')
    .select('evaluator')
    .where('organization_id', '=', tx.organizationId)
    .where('item_id', '=', itemId)
    .execute()
  return new Set(rows.map(({ evaluator }) => evaluator))
}

/**
 * What evaluators say of the answers of evals, with people's marks as they stand now: the mean of each person's newest on
 * the whole run. A mark that nobody has given has neither score nor error.
 */
const results = (tx: TenantTx, evalIds: readonly string[]) => sql`
  results as (
    select i.eval_id, i.id as item_id, r.evaluator, r.score, r.passed, r.reason, r.error, r.cost_micros, r.llm_call_id
    from eval_items i
    join eval_results r on r.organization_id = i.organization_id and r.item_id = i.id
    where i.organization_id = ${tx.organizationId} and i.eval_id = any (${[...evalIds]}::uuid[])
    union all
    select i.eval_id, i.id, s.evaluator ->> 'name', m.score,
      m.score >= coalesce((s.evaluator ->> 'passAt')::float8, 0.7) - ${tolerance}::float8, m.reason, null, 0, null
    from eval_runs e
    cross join lateral jsonb_array_elements(e.evaluators) as s(evaluator)
    join eval_items i on i.organization_id = e.organization_id and i.eval_id = e.id and i.status = 'done'
    cross join lateral (
      select avg(value) as score, coalesce(string_agg(comment, ' ') filter (where comment <> ''), '') as reason from (
        select distinct on (scored_by) value, comment from run_scores
        where organization_id = i.organization_id and run_id = i.run_id and step_key is null
          and name = s.evaluator ->> 'mark'
        order by scored_by, id desc
      ) as newest
    ) as m
    where e.organization_id = ${tx.organizationId} and e.id = any (${[...evalIds]}::uuid[])
      and s.evaluator ->> 'type' = 'marks'
  )`

export interface ResultView {
  readonly itemId: string
  readonly evaluator: string
  readonly score: number | null
  readonly passed: boolean | null
  readonly reason: string
  readonly error: RecordedError | null
  readonly costMicros: number
  readonly llmCallId: string | null
}

/** Every result of an eval. */
export async function listResults(tx: TenantTx, evalId: string): Promise<readonly ResultView[]> {
  const { rows } = await sql<ResultView>`
    with ${results(tx, [evalId])}
    select item_id as "itemId", evaluator, score, passed, reason, error, cost_micros as "costMicros",
      llm_call_id as "llmCallId"
    from results
  `.execute(tx)
  return rows
}

/** What an evaluator comes to over an eval. */
export interface EvaluatorTotals {
  readonly evalId: string
  readonly evaluator: string
  readonly meanScore: number | null
  readonly passed: number
  readonly scored: number
  readonly errors: number
  readonly awaiting: number
}

/** What an eval comes to. */
export interface EvalTotals {
  readonly evalId: string
  readonly caseCount: number
  readonly counts: Readonly<Record<string, number>>
  /** Answers that pass every evaluator that has scored them. */
  readonly passed: number
  /** Answers that some evaluator has scored. */
  readonly scored: number
  readonly models: readonly string[]
  readonly costMicros: number
  readonly judgeCostMicros: number
  readonly durationMs: number | null
}

/** Adds up evals, by their ids, in two queries for a whole page of them. */
export async function totalEvals(
  tx: TenantTx,
  evalIds: readonly string[],
): Promise<{ readonly totals: readonly EvalTotals[]; readonly evaluators: readonly EvaluatorTotals[] }> {
  if (evalIds.length === 0) return { totals: [], evaluators: [] }
  const evaluators = await sql<EvaluatorTotals>`
    with ${results(tx, evalIds)}
    select eval_id as "evalId", evaluator, avg(score) as "meanScore", count(*) filter (where passed)::int as passed,
      count(score)::int as scored, count(error)::int as errors,
      count(*) filter (where score is null and error is null)::int as awaiting
    from results group by eval_id, evaluator
  `.execute(tx)
  const totals = await sql<EvalTotals>`
    with ${results(tx, evalIds)}, answers as (
      select eval_id, item_id, bool_and(passed) as passed, count(passed) as scored, sum(cost_micros) as judge_cost
      from results group by eval_id, item_id
    )
    select i.eval_id as "evalId", count(distinct i.case_id)::int as "caseCount",
      jsonb_build_object(
        'pending', count(*) filter (where i.status = 'pending'), 'running', count(*) filter (where i.status = 'running'),
        'scoring', count(*) filter (where i.status = 'scoring'), 'done', count(*) filter (where i.status = 'done'),
        'failed', count(*) filter (where i.status = 'failed'), 'cancelled', count(*) filter (where i.status = 'cancelled')
      ) as counts,
      count(*) filter (where a.passed)::int as passed, count(*) filter (where a.scored > 0)::int as scored,
      coalesce(sum(i.cost_micros), 0)::bigint as "costMicros", coalesce(sum(a.judge_cost), 0)::bigint as "judgeCostMicros",
      percentile_disc(0.5) within group (order by i.duration_ms) as "durationMs",
      array(
        select distinct model from eval_items o, unnest(o.models) as model
        where o.organization_id = ${tx.organizationId} and o.eval_id = i.eval_id order by model
      ) as models
    from eval_items i left join answers a on a.item_id = i.id
    where i.organization_id = ${tx.organizationId} and i.eval_id = any (${[...evalIds]}::uuid[])
    group by i.eval_id
  `.execute(tx)
  return { totals: totals.rows, evaluators: evaluators.rows }
}
