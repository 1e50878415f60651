import { hashJson } from '../base/json.ts'
import type { ScoredItems } from './get-eval.ts'
import type { Evaluator } from './spec.ts'
import { bootstrapMean, signTest } from './statistics.ts'
import type { EvalSummary } from './summarize.ts'

/** One evaluator in two evals. */
export interface ComparedEvaluator {
  readonly name: string
  readonly notCompared?: 'changed' | 'added' | 'unscored'
  readonly cases: number
  readonly before?: number
  readonly after?: number
  readonly delta?: number
  readonly interval?: { readonly low: number; readonly high: number } | undefined
  readonly better: number
  readonly worse: number
  readonly same: number
  readonly pValue?: number
  readonly verdict?: 'better' | 'worse' | 'same' | 'unclear' | 'too_few_cases'
}

/** An eval beside an earlier one. */
export interface Comparison {
  readonly against: EvalSummary
  readonly sameCases: number
  readonly changedCases: readonly string[]
  readonly addedCases: readonly string[]
  readonly removedCases: readonly string[]
  readonly evaluators: readonly ComparedEvaluator[]
  readonly worse: readonly {
    readonly case: string
    readonly evaluator: string
    readonly before: number
    readonly after: number
  }[]
  readonly newlyFailed: readonly string[]
}

interface Side {
  readonly summary: EvalSummary
  readonly items: ScoredItems
}

/** Chance makes a difference of one in twenty evaluators at this level. */
const level = 0.05
/** Of fewer that differ, not even all in one direction reach the level: 2 / 2^5 = 0.0625. */
const fewestThatTell = 6
/** What two means of binary numbers may differ by where nothing differs. */
const tolerance = 1e-9

/**
 * Compares two evals of a data set by the cases that both have asked in the same version, each case by the mean of its
 * repetitions, and each evaluator only where it measures the same in both. What differs between the two is told.
 */
export function compareEvals(before: Side, after: Side): Comparison {
  const [old, now] = [casesOf(before.items), casesOf(after.items)]
  const names = ({ items }: Side) => new Set(items.map(({ caseName }) => caseName))
  const [oldNames, nowNames] = [names(before), names(after)]
  const shared = [...now.keys()].filter((id) => old.has(id))
  const sharedNames = new Set(shared.map((id) => now.get(id)?.name))
  const pairs = after.summary.evaluators.map((evaluator) => ({
    evaluator,
    differences: shared.flatMap((id) => differenceOf(evaluator.name, old.get(id), now.get(id))),
  }))
  return {
    against: before.summary,
    sameCases: shared.length,
    changedCases: [...nowNames].filter((name) => oldNames.has(name) && !sharedNames.has(name)),
    addedCases: [...nowNames].filter((name) => !oldNames.has(name)),
    removedCases: [...oldNames].filter((name) => !nowNames.has(name)),
    evaluators: pairs.map(({ evaluator, differences }) =>
      compareEvaluator(
        evaluator,
        before.summary.evaluators.find(({ name }) => name === evaluator.name),
        differences,
      ),
    ),
    worse: pairs
      .filter(({ evaluator }) => before.summary.evaluators.some((other) => measuresSame(evaluator, other)))
      .flatMap(({ evaluator, differences }) => differences.map((one) => ({ ...one, evaluator: evaluator.name })))
      .filter((one) => one.after < one.before - tolerance)
      .toSorted((one, other) => one.after - one.before - (other.after - other.before)),
    newlyFailed: shared.flatMap((id) => {
      const [earlier, later] = [old.get(id), now.get(id)]
      return later && earlier && later.failed > 0 && earlier.failed === 0 && earlier.answered > 0 ? [later.name] : []
    }),
  }
}

interface CaseScores {
  readonly name: string
  readonly failed: number
  readonly answered: number
  /** Mean over the repetitions, by evaluator. */
  readonly scores: ReadonlyMap<string, number>
}

/** Cases by the id of their version. */
function casesOf(items: ScoredItems): ReadonlyMap<string, CaseScores> {
  return new Map(
    [...Map.groupBy(items, ({ caseId }) => caseId)].map(([caseId, asked]) => {
      const results = asked.flatMap((item) => item.results)
      const scored = Map.groupBy(
        results.flatMap(({ evaluator, score }) => (score === null ? [] : [{ evaluator, score }])),
        ({ evaluator }) => evaluator,
      )
      const scores = new Map([...scored].map(([name, all]) => [name, meanOf(all.map(({ score }) => score))]))
      const count = (status: string) => asked.filter((item) => item.status === status).length
      return [caseId, { name: asked[0]?.caseName ?? caseId, failed: count('failed'), answered: count('done'), scores }]
    }),
  )
}

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

function differenceOf(evaluator: string, old: CaseScores | undefined, now: CaseScores | undefined) {
  const [before, after] = [old?.scores.get(evaluator), now?.scores.get(evaluator)]
  return now && before !== undefined && after !== undefined ? [{ case: now.name, before, after }] : []
}

function compareEvaluator(
  evaluator: Evaluator,
  earlier: Evaluator | undefined,
  pairs: readonly { readonly before: number; readonly after: number }[],
): ComparedEvaluator {
  const nothing = { name: evaluator.name, cases: 0, better: 0, worse: 0, same: 0 }
  if (!earlier) return { ...nothing, notCompared: 'added' }
  if (!measuresSame(evaluator, earlier)) return { ...nothing, notCompared: 'changed' }
  if (pairs.length === 0) return { ...nothing, notCompared: 'unscored' }
  const differences = pairs.map(({ before, after }) => after - before)
  const better = differences.filter((difference) => difference > tolerance).length
  const worse = differences.filter((difference) => difference < -tolerance).length
  const pValue = signTest({ better, worse })
  return {
    name: evaluator.name,
    cases: pairs.length,
    before: meanOf(pairs.map((pair) => pair.before)),
    after: meanOf(pairs.map((pair) => pair.after)),
    delta: meanOf(differences),
    interval: bootstrapMean(differences),
    better,
    worse,
    same: pairs.length - better - worse,
    pValue,
    verdict: verdictOf({ better, worse, pValue }),
  }
}

/** `same` is said only of scores that are the same; a difference that few cases show is not proven, and not disproven. */
function verdictOf({
  better,
  worse,
  pValue,
}: {
  readonly better: number
  readonly worse: number
  readonly pValue: number
}): NonNullable<ComparedEvaluator['verdict']> {
  if (better + worse === 0) return 'same'
  if (better + worse < fewestThatTell) return 'too_few_cases'
  if (pValue >= level) return 'unclear'
  return better > worse ? 'better' : 'worse'
}

/** Thresholds decide what passes, and nothing of the scores. */
function measuresSame(one: Evaluator, other: Evaluator): boolean {
  const measureOf = ({ passAt: _passAt, minScore: _minScore, minPassRate: _minPassRate, ...rest }: Evaluator) =>
    hashJson(rest)
  return measureOf(one) === measureOf(other)
}
