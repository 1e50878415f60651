import type { Eval, EvalDetail, EvalItemStatus } from '@neonhub/contract'
import { compact } from '../base/compact.ts'
import type { Comparison, EvalDetail as StoredDetail, EvalSummary } from '../evals/index.ts'
import type { ReadOnly } from './read-only.ts'

const noCounts: Readonly<Record<EvalItemStatus, number>> = {
  pending: 0,
  running: 0,
  scoring: 0,
  done: 0,
  failed: 0,
  cancelled: 0,
}

/** An eval as the contract shows it. */
export function toEval({
  datasetId: _datasetId,
  brandId: _brandId,
  brand: _brand,
  evaluators: _evaluators,
  createdAt,
  finishedAt,
  waiting,
  counts,
  scores,
  ...one
}: EvalSummary): ReadOnly<Eval> {
  return {
    ...compact(one),
    counts: { ...noCounts, ...counts },
    scores: scores.map((score) => compact(score)),
    ...compact({ waitingFor: waiting, finishedAt: finishedAt?.toISOString() }),
    createdAt: createdAt.toISOString(),
  }
}

/** Likewise with every answer. */
export function toEvalDetail({ summary, items, comparison }: StoredDetail): ReadOnly<EvalDetail> {
  return {
    ...toEval(summary),
    evaluators: summary.evaluators,
    items: items.map(({ evalId: _evalId, results, ...item }) => ({
      ...compact(item),
      results: results.map(({ itemId: _itemId, ...result }) => ({
        ...compact(result),
        ...(result.score === null && result.error === null ? { isAwaited: true } : {}),
      })),
    })),
    ...(comparison && { comparison: toComparison(comparison) }),
  }
}

function toComparison({
  against,
  evaluators,
  ...comparison
}: Comparison): NonNullable<ReadOnly<EvalDetail>['comparison']> {
  const { id, createdAt, note, model, models, prompts } = against
  return {
    ...comparison,
    against: { id, createdAt: createdAt.toISOString(), note, models, prompts, ...compact({ model }) },
    evaluators: evaluators.map((one) => compact(one)),
  }
}
