import type { ComparedEvaluator, EvalDetail, EvalItem, EvalResult } from '@neonhub/contract'
import pc from 'picocolors'
import { formatCost, formatDuration, formatStatus, formatTable, plainText } from './format.ts'

/** A score or a share, from 0 to 1, in two places; nothing where there is none. */
export const formatScore = (score: number | undefined): string => (score === undefined ? '–' : score.toFixed(2))

/** An eval as a terminal shows it: what got worse first, then each case and evaluator, the totals, and the comparison. */
export function formatEval(detail: EvalDetail): string {
  const { id, dataset, agent, intent, status, outcome, waitingFor, isSandbox, comparison } = detail
  return [
    `${pc.bold(dataset)}  ${agent} ${intent}  ${formatStatus(outcome ?? (waitingFor ? 'waiting' : status))}  ${pc.dim(id)}`,
    ...(isSandbox
      ? [pc.yellow('No model was asked: the sandbox wrote the answers, so the scores say nothing of a model.')]
      : []),
    ...(comparison ? [worseOf(comparison)] : []),
    answersOf(detail),
    totalsOf(detail),
    ...(comparison ? [comparisonOf(comparison)] : ['There is no earlier eval to compare with.']),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

function worseOf({ worse, newlyFailed }: NonNullable<EvalDetail['comparison']>): string {
  const lines = [
    ...newlyFailed.map((name) => `  ${plainText(name)}: its run failed, and had succeeded before`),
    ...worse
      .slice(0, 10)
      .map(
        (one) => `  ${plainText(one.case)}, ${one.evaluator}: ${formatScore(one.before)} → ${formatScore(one.after)}`,
      ),
    ...(worse.length > 10 ? [`  and ${worse.length - 10} more`] : []),
  ]
  return lines.length === 0 ? '' : [pc.red('Worse than before:'), ...lines].join('\n')
}

function answersOf({ items, repeat }: EvalDetail): string {
  const rows = items.flatMap((item) => {
    const name = plainText(item.caseName) + (repeat > 1 ? ` #${item.repetition}` : '')
    const cost = formatCost(item.costMicros)
    const time = item.durationMs === undefined ? '' : formatDuration(item.durationMs)
    const { results } = item
    if (results.length === 0) return [[name, '', '', statusOf(item), cost, time, plainText(item.error?.message ?? '')]]
    return results.map((result, index) => [
      index === 0 ? name : '',
      result.evaluator,
      formatScore(result.score),
      markOf(result),
      index === 0 ? cost : result.costMicros > 0 ? formatCost(result.costMicros) : '',
      index === 0 ? time : '',
      reasonOf(result),
    ])
  })
  return formatTable([['CASE', 'EVALUATOR', 'SCORE', '', 'COST', 'TIME', ''], ...rows])
}

const statusOf = ({ status, runStatus }: EvalItem) =>
  formatStatus(status === 'running' && runStatus === 'waiting' ? 'waiting' : status)

function markOf({ passed, error, isAwaited }: EvalResult): string {
  if (error) return pc.magenta('error')
  if (isAwaited) return pc.yellow('awaited')
  return passed ? pc.green('pass') : pc.red('fail')
}

function reasonOf({ reason, error, passed, isAwaited }: EvalResult): string {
  if (isAwaited) return 'awaiting marks'
  const text = error ? error.message : passed ? '' : reason
  return plainText(text.length > 100 ? `${text.slice(0, 99)}…` : text)
}

function totalsOf(detail: EvalDetail): string {
  const { scores, meanScore, passRate, costMicros, judgeCostMicros, durationMs, counts, itemCount } = detail
  const rows = scores.map((one) => [
    one.name,
    formatScore(one.meanScore),
    formatScore(one.passRate),
    `${one.scored}`,
    [
      ...(one.errors > 0 ? [pc.magenta(`${one.errors} not scored`)] : []),
      ...(one.awaiting > 0 ? [pc.yellow(`${one.awaiting} awaiting marks`)] : []),
      ...(one.isMet === undefined ? [] : [one.isMet ? pc.green('met') : pc.red('missed')]),
    ].join(', '),
  ])
  const all = ['together', formatScore(meanScore), formatScore(passRate), '', '']
  const judges = judgeCostMicros > 0 ? ` and ${formatCost(judgeCostMicros)} for judges` : ''
  const failed = counts.failed > 0 ? `, ${counts.failed} failed` : ''
  return [
    formatTable([['EVALUATOR', 'MEAN', 'PASS RATE', 'ANSWERS', ''], ...rows, all]),
    `${itemCount} answers${failed}; ${formatCost(costMicros)}${judges}${
      durationMs === undefined ? '' : `; half of them within ${formatDuration(durationMs)}`
    }`,
  ].join('\n')
}

function comparisonOf(comparison: NonNullable<EvalDetail['comparison']>): string {
  const { against, sameCases, evaluators, changedCases, addedCases, removedCases } = comparison
  const note = against.note === '' ? '' : ` (${plainText(against.note)})`
  const rows = evaluators.map((one) => [
    one.name,
    formatScore(one.before),
    formatScore(one.after),
    one.delta === undefined ? '' : signed(one.delta),
    one.interval === undefined ? '' : `${signed(one.interval.low)} to ${signed(one.interval.high)}`,
    one.notCompared === undefined ? `${one.better} / ${one.worse} / ${one.same}` : '',
    verdictOf(one),
  ])
  const named = (what: string, names: readonly string[]) =>
    names.length === 0
      ? []
      : [
          `${what}: ${names.slice(0, 8).map(plainText).join(', ')}${names.length > 8 ? ` and ${names.length - 8} more` : ''}`,
        ]
  return [
    `Compared with ${against.createdAt.slice(0, 16).replace('T', ' ')} UTC${note}  ${pc.dim(against.id)}`,
    formatTable([['EVALUATOR', 'BEFORE', 'NOW', 'DELTA', '95 % INTERVAL', 'BETTER / WORSE / SAME', ''], ...rows]),
    `By the ${sameCases} cases that both asked in the same version.`,
    ...named('Changed, and not compared', changedCases),
    ...named('New', addedCases),
    ...named('No longer asked', removedCases),
  ].join('\n')
}

const signed = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`

function verdictOf({ verdict, notCompared, pValue }: ComparedEvaluator): string {
  const p = pValue === undefined ? '' : pc.dim(` (sign test p = ${pValue < 0.001 ? '< 0.001' : pValue.toFixed(3)})`)
  switch (notCompared) {
    case 'changed':
      return pc.yellow('not compared: it measures something else by now')
    case 'added':
      return pc.yellow('not compared: the earlier eval lacks it')
    case 'unscored':
      return pc.yellow('not compared: no case was scored in both')
    case undefined:
      break
    default:
      return notCompared satisfies never
  }
  switch (verdict) {
    case 'better':
      return pc.green('better') + p
    case 'worse':
      return pc.red('worse') + p
    case 'same':
      return 'the same'
    case 'unclear':
      return `not told from chance${p}`
    case 'too_few_cases':
      return 'too few cases differ to tell it from chance'
    case undefined:
      return ''
    default:
      return verdict satisfies never
  }
}
