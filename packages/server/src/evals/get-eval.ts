import type { TenantTx } from '../db/index.ts'
import { type Comparison, compareEvals } from './compare-evals.ts'
import type { EvalRow } from './spec.ts'
import { type EvalSummary, summarize } from './summarize.ts'
import { findEval, findEvalBefore } from './sql/evals.ts'
import { type ItemView, listItems } from './sql/items.ts'
import { listResults, type ResultView } from './sql/results.ts'

/** An eval with every answer. */
export interface EvalDetail {
  readonly summary: EvalSummary
  readonly items: readonly (ItemView & { readonly results: readonly ResultView[] })[]
  readonly comparison: Comparison | undefined
}

/** An eval's items, each with its results. */
export type ScoredItems = EvalDetail['items']

/**
 * An eval with every answer, beside the one that is named or the newest finished one before it. Undefined where there is
 * none, or where the one to compare it with is not of its data set.
 */
export async function getEval(
  tx: TenantTx,
  { id, against }: { readonly id: string; readonly against?: string | undefined },
): Promise<EvalDetail | undefined> {
  const row = await findEval(tx, id)
  if (!row) return undefined
  const before = against === undefined ? await findEvalBefore(tx, row) : await findEval(tx, against)
  if (against !== undefined && before?.datasetId !== row.datasetId) return undefined
  const [summary] = await summarize(tx, [row])
  if (!summary) return undefined
  const items = await loadItems(tx, row)
  const [other] = before ? await summarize(tx, [before]) : []
  return {
    summary,
    items,
    comparison: other && compareEvals({ summary: other, items: await loadItems(tx, other) }, { summary, items }),
  }
}

/** Each item's results stand in the order of the eval's evaluators. */
async function loadItems(tx: TenantTx, { id, evaluators }: EvalRow): Promise<ScoredItems> {
  const results = Map.groupBy(await listResults(tx, id), ({ itemId }) => itemId)
  return (await listItems(tx, id)).map((item) => {
    const own = results.get(item.id) ?? []
    return { ...item, results: evaluators.flatMap(({ name }) => own.filter(({ evaluator }) => evaluator === name)) }
  })
}
