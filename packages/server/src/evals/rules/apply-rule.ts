import { messageOf, NeonHubError, recordError } from '../../base/errors.ts'
import { canonicalJson } from '../../base/json.ts'
import {
  auditSeo,
  checkVoice,
  type CheckedVoice,
  measureReadability,
  sentencesOf,
  wordsOf,
} from '../../marketing/index.ts'
import type { Evaluator, Verdict } from '../spec.ts'
import { safePattern } from './safe-pattern.ts'
import { safeSchema } from './safe-schema.ts'
import { textOf, valueAt } from './value-at.ts'

/** An evaluator that a program decides. */
export type Rule = Exclude<Evaluator, { readonly type: 'judge' | 'marks' }>

export const isRule = (evaluator: Evaluator): evaluator is Rule =>
  evaluator.type !== 'judge' && evaluator.type !== 'marks'

/** What a rule looks at. */
export interface Answer {
  readonly input: unknown
  readonly output: unknown
  readonly expected: unknown
  /** Of the brand; undefined where it has none. */
  readonly voice: CheckedVoice | undefined
  /** Address of the brand's own site. */
  readonly siteUrl: string | undefined
}

/** Longer texts are not measured, so that one answer holds up nothing: some sixty articles. */
const longestText = 500_000

/** Scores an answer by a rule. What cannot be scored is an error, and no score of 0. */
export function applyRule(rule: Rule, answer: Answer): Verdict {
  try {
    return score(rule, answer)
  } catch (error) {
    if (error instanceof NeonHubError) return { error: recordError(error) }
    return {
      error: {
        code: 'evals.rule_failed',
        message: `The rule could not be applied: ${messageOf(error)}`,
        retryable: false,
      },
    }
  }
}

function score(rule: Rule, answer: Answer): Verdict {
  switch (rule.type) {
    case 'contains':
      return scoreTexts(rule, answer, true)
    case 'not_contains':
      return scoreTexts(rule, answer, false)
    case 'regex': {
      const isFound = safePattern(rule.pattern, rule)(textAt(answer, rule.at))
      return yesOrNo(isFound === (rule.expect === 'match'), isFound ? 'It is found' : 'It is not found')
    }
    case 'length': {
      const text = textAt(answer, rule.at)
      const length = rule.unit === 'words' ? wordsOf(text).length : [...text].length
      return yesOrNo(isWithin(length, rule), `It has ${length} ${rule.unit}`)
    }
    case 'schema': {
      const faults = safeSchema(rule.schema)(valueAt(answer.output, rule.at) ?? null)
      return yesOrNo(faults.length === 0, faults.length === 0 ? 'It fits' : faults.join('; '))
    }
    case 'equals':
      return scoreEquals(rule, answer)
    case 'readability': {
      const { words, readingEase } = measureReadability(textAt(answer, rule.at))
      if (words === 0) throw nothingThere(rule.at)
      return yesOrNo(isWithin(readingEase, rule), `Its reading ease is ${readingEase}`)
    }
    case 'seo':
      return scoreSeo(rule, answer)
    case 'voice':
      return scoreVoice(rule, answer)
    default:
      return rule satisfies never
  }
}

const yesOrNo = (is: boolean, reason: string): Verdict => ({ score: is ? 1 : 0, reason })

const isWithin = (value: number, { min, max }: { min?: number | undefined; max?: number | undefined }) =>
  (min === undefined || value >= min) && (max === undefined || value <= max)

/** A rule about a place that an answer does not have is not met; one that is too long is not measured. */
function textAt({ output }: Pick<Answer, 'output'>, at: string | undefined): string {
  const text = textOf(valueAt(output, at))
  if (text.length <= longestText) return text
  throw new NeonHubError('evals.text_too_long', `The text has more than ${longestText} characters`, { kind: 'invalid' })
}

function scoreTexts(
  { at, texts, caseSensitive }: Extract<Rule, { readonly type: 'contains' | 'not_contains' }>,
  answer: Answer,
  isWanted: boolean,
): Verdict {
  const fold = (text: string) => (caseSensitive ? text : text.toLowerCase()).normalize('NFC')
  const text = fold(textAt(answer, at))
  const wrong = texts.filter((each) => text.includes(fold(each)) !== isWanted)
  const named = wrong.map((each) => `"${each}"`).join(', ')
  const reason = wrong.length === 0 ? 'As asked' : isWanted ? `It lacks ${named}` : `It has ${named}`
  return { score: (texts.length - wrong.length) / texts.length, reason }
}

function scoreEquals({ at, value }: Extract<Rule, { readonly type: 'equals' }>, { output, expected }: Answer): Verdict {
  const wanted = value === undefined ? valueAt(expected, at) : value
  if (wanted === undefined) {
    throw new NeonHubError('evals.nothing_expected', `The case does not say what is expected${placeOf(at)}`, {
      kind: 'invalid',
      hint: 'Give the case an expected output, or the evaluator a value.',
    })
  }
  const isEqual = canonicalJson(valueAt(output, at) ?? null) === canonicalJson(wanted)
  return yesOrNo(isEqual, isEqual ? 'As expected' : 'It is another value than expected')
}

function scoreSeo(rule: Extract<Rule, { readonly type: 'seo' }>, answer: Answer): Verdict {
  const body = textAt(answer, rule.body)
  if (body === '') throw nothingThere(rule.body)
  const keywords = valueAt(answer.input, rule.keywords)
  const audit = auditSeo({
    title: textAt(answer, rule.title),
    body,
    metaDescription: textAt(answer, rule.metaDescription),
    keywords: Array.isArray(keywords) ? keywords.filter((term) => typeof term === 'string') : [],
    siteUrl: answer.siteUrl,
  })
  const faults = audit.findings.filter(({ outcome }) => outcome !== 'passed').map(({ message }) => message)
  return { score: audit.score / 100, reason: faults.length === 0 ? 'Nothing to better' : faults.slice(0, 5).join(' ') }
}

function scoreVoice({ at }: Extract<Rule, { readonly type: 'voice' }>, answer: Answer): Verdict {
  if (!answer.voice) {
    throw new NeonHubError('evals.voice_missing', 'The brand has no voice to check by', {
      kind: 'invalid',
      hint: 'Import one with the brand’s folder, or take the evaluator out.',
    })
  }
  const text = textAt(answer, at)
  const sentences = sentencesOf(text).length
  if (sentences === 0) throw nothingThere(at)
  const violations = checkVoice(text, answer.voice)
  const messages = [...new Set(violations.map(({ message }) => message))]
  return {
    score: Math.max(0, 1 - violations.length / sentences),
    reason: messages.length === 0 ? 'It keeps what can be checked' : messages.slice(0, 5).join(' '),
  }
}

const placeOf = (at: string | undefined) => (at === undefined ? '' : ` at ${at}`)

const nothingThere = (at: string | undefined) =>
  new NeonHubError('evals.nothing_there', `The answer has no text${placeOf(at)}`, {
    kind: 'invalid',
    hint: 'Correct the path: neonhub agents shows what the intent answers with.',
  })
