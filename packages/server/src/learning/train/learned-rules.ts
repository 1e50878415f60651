import { sentencesOf, wordsOf } from '../../marketing/index.ts'
import type { Passage } from '../spec.ts'
import { knowsPersons, mainLanguage, meanOf, type StyleProfile } from './style.ts'
import type { TellingTerm } from './telling-terms.ts'

/** Lengths of the sentences in words. */
export interface SentenceWords {
  readonly mean: number
  readonly median: number
  readonly p90: number
}

/** How long the sentences of all passages are; quantiles by the nearest rank. */
export function sentenceWordsOf(passages: readonly Passage[]): SentenceWords {
  const lengths = passages
    .flatMap(({ text }) => sentencesOf(text).map((sentence) => wordsOf(sentence).length))
    .toSorted((one, other) => one - other)
  const quantile = (share: number) => lengths[Math.max(0, Math.ceil(share * lengths.length) - 1)] ?? 0
  return { mean: Math.round(meanOf(lengths) * 10) / 10, median: quantile(0.5), p90: quantile(0.9) }
}

export interface LearnedFacts {
  readonly style: StyleProfile
  readonly sentenceWords: SentenceWords
  readonly sentences: number
  readonly terms: readonly TellingTerm[]
  readonly language: string
  /** What people wrote: what they speak of is theirs to say. */
  readonly writtenRules: readonly string[]
}

/** Fewer sentences say nothing about what never happens. */
const enoughSentences = 50

interface Habit {
  /** A written rule that speaks of the same goes first. */
  readonly subject: RegExp
  readonly rule: (facts: LearnedFacts) => string | undefined
}

const meanIn = ({ style }: LearnedFacts, name: string) => style[name]?.mean ?? 0

/**
 * What is measured, as rules that a model keeps and `checkVoice` understands. One that is neither clearly so nor clearly
 * not so is no rule.
 */
const habits: readonly Habit[] = [
  {
    subject: /\bsentences?\b.*\bwords?\b/i,
    rule: ({ sentenceWords: { mean, p90 } }) =>
      `Keep most sentences under ${p90 + 1} words; they have ${Math.round(mean)} on average.`,
  },
  {
    subject: /\b(?:readab|reading level|plain|simple|lix)/i,
    rule: (facts) => {
      const lix = Math.round(meanIn(facts, 'lix'))
      const level = lix < 30 ? 'very easy' : lix < 40 ? 'easy' : lix < 50 ? 'moderately hard' : 'demanding'
      return `Keep the text ${level} to read, at a LIX near ${lix}.`
    },
  },
  {
    subject: /“?"?\byou\b|\bsecond person\b|\baddress/i,
    rule: (facts) => {
      if (!knowsPersons(facts.language)) return undefined
      const rate = meanIn(facts, 'youRate')
      if (rate >= 1) return 'Speak to the reader in the second person.'
      return rate < 0.15 ? 'Write about the subject, and seldom to the reader in the second person.' : undefined
    },
  },
  {
    subject: /“?"?\bwe\b|\bfirst person\b/i,
    rule: (facts) => {
      if (!knowsPersons(facts.language)) return undefined
      const rate = meanIn(facts, 'weRate')
      if (rate >= 1) return 'Let the brand speak of itself in the first person plural.'
      return rate < 0.1 ? 'Name the brand, where others would say “we”.' : undefined
    },
  },
  {
    subject: /\bcontract(?:ion|ed)/i,
    rule: (facts) => {
      if (mainLanguage(facts.language) !== 'en') return undefined
      const rate = meanIn(facts, 'contractionRate')
      if (rate >= 0.8) return 'Use contractions as speech does.'
      return rate < 0.05 && facts.sentences >= enoughSentences ? 'Write contractions out.' : undefined
    },
  },
  { subject: /exclamation/i, rule: (facts) => mark(facts, 'exclamations', 'exclamation mark') },
  { subject: /\bquestions?\b/i, rule: (facts) => mark(facts, 'questions', 'question') },
  {
    subject: /emoji/i,
    rule: (facts) => {
      const rate = meanIn(facts, 'emojiRate')
      if (rate >= 0.2) return `About one emoji in ${Math.round(100 / rate)} words is usual.`
      return rate === 0 && facts.sentences >= enoughSentences ? 'No emoji.' : undefined
    },
  },
  {
    subject: /\bwords like\b|\bvocabulary\b/i,
    rule: ({ terms }) =>
      terms.length < 3
        ? undefined
        : `Where they fit, use the brand’s own vocabulary: ${terms
            .slice(0, 8)
            .map(({ term }) => term)
            .join(', ')}.`,
  },
]

function mark(facts: LearnedFacts, name: string, what: string): string | undefined {
  const rate = meanIn(facts, name)
  if (rate >= 0.1) return `About one ${what} in ${Math.round(1 / rate)} sentences is usual.`
  return rate === 0 && facts.sentences >= enoughSentences ? `No ${what}s.` : undefined
}

/** The habits of a brand as rules, without those that people speak of in rules of their own. */
export function learnedRules(facts: LearnedFacts): readonly string[] {
  return habits
    .filter(({ subject }) => !facts.writtenRules.some((rule) => subject.test(rule)))
    .flatMap(({ rule }) => rule(facts) ?? [])
}
