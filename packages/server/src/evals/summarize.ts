import type { TenantTx } from '../db/index.ts'
import type { Evaluator, EvalRow } from './spec.ts'
import { type EvalTotals, type EvaluatorTotals, totalEvals } from './sql/results.ts'

/** What an evaluator says of all answers of an eval. */
export interface EvaluatorSummary {
  readonly name: string
  readonly type: Evaluator['type']
  readonly meanScore: number | undefined
  readonly passRate: number | undefined
  readonly scored: number
  readonly errors: number
  readonly awaiting: number
  readonly minScore: number | undefined
  readonly minPassRate: number | undefined
  readonly isMet: boolean | undefined
}

/** What an eval came to. */
export interface EvalSummary extends EvalRow, Omit<EvalTotals, 'evalId' | 'passed' | 'scored' | 'durationMs'> {
  readonly itemCount: number
  readonly isSandbox: boolean
  readonly meanScore: number | undefined
  readonly passRate: number | undefined
  readonly scores: readonly EvaluatorSummary[]
  readonly outcome: 'passed' | 'failed' | undefined
  readonly durationMs: number | undefined
}

/** Adds up evals, for a whole page of them. */
export async function summarize(tx: TenantTx, rows: readonly EvalRow[]): Promise<readonly EvalSummary[]> {
  const ids = rows.map(({ id }) => id)
  const { totals, evaluators } = await totalEvals(tx, ids)
  return rows.map((row) =>
    summaryOf(
      row,
      totals.find(({ evalId }) => evalId === row.id),
      evaluators.filter(({ evalId }) => evalId === row.id),
    ),
  )
}

function summaryOf(row: EvalRow, totals: EvalTotals | undefined, results: readonly EvaluatorTotals[]): EvalSummary {
  const counts = totals?.counts ?? {}
  const [failed = 0, done = 0] = [counts['failed'], counts['done']]
  const scores = row.evaluators.map((evaluator) =>
    scoreOf(
      evaluator,
      failed,
      results.find((one) => one.evaluator === evaluator.name),
    ),
  )
  // People's marks come when they come, and must not move what a change was measured by.
  const means = scores.flatMap(({ type, meanScore }) =>
    type === 'marks' || meanScore === undefined ? [] : [meanScore],
  )
  const models = totals?.models ?? []
  return {
    ...row,
    caseCount: totals?.caseCount ?? 0,
    itemCount: Object.values(counts).reduce((sum, count) => sum + count, 0),
    counts,
    models,
    isSandbox: models.length > 0 && models.every((model) => model.startsWith('sandbox:')),
    costMicros: totals?.costMicros ?? 0,
    judgeCostMicros: totals?.judgeCostMicros ?? 0,
    durationMs: totals?.durationMs ?? undefined,
    meanScore: means.length === 0 ? undefined : means.reduce((sum, mean) => sum + mean, 0) / means.length,
    passRate: done + failed === 0 ? undefined : (totals?.passed ?? 0) / (done + failed),
    scores,
    outcome: row.status === 'finished' ? outcomeOf(scores, failed) : undefined,
  }
}

/** A run that failed has no answer to score, and passes nothing. */
function scoreOf(
  { name, type, minScore, minPassRate }: Evaluator,
  failedRuns: number,
  totals: EvaluatorTotals | undefined,
): EvaluatorSummary {
  const { scored = 0, passed = 0, errors = 0, awaiting = 0 } = totals ?? {}
  const meanScore = totals?.meanScore ?? undefined
  const judged = scored + errors + failedRuns
  const passRate = judged === 0 ? undefined : passed / judged
  const reaches = (value: number | undefined, least: number | undefined) =>
    least === undefined || (value !== undefined && value >= least - tolerance)
  const isAsked = minScore !== undefined || minPassRate !== undefined
  const isKnown = judged > 0
  return {
    name,
    type,
    meanScore,
    passRate,
    scored,
    errors,
    awaiting,
    minScore,
    minPassRate,
    isMet: isAsked && isKnown ? reaches(meanScore, minScore) && reaches(passRate, minPassRate) : undefined,
  }
}

/** A mean of binary numbers misses 0.8 by less. */
const tolerance = 1e-9

/**
 * What was not measured is not passed; people's marks that are still to come hold nothing up. Where no threshold was
 * asked, or none could be looked at yet, there is nothing to pass: an eval with a score of 0 would be told as good.
 */
function outcomeOf(scores: readonly EvaluatorSummary[], failedRuns: number): 'passed' | 'failed' | undefined {
  const isMissed = scores.some(({ errors, isMet }) => errors > 0 || isMet === false)
  if (failedRuns > 0 || isMissed) return 'failed'
  return scores.some(({ isMet }) => isMet === true) ? 'passed' : undefined
}
