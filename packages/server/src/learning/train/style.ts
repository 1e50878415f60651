import { sentencesOf, wordsOf } from '../../marketing/index.ts'

/** What is known of a passage before anything is measured. */
interface Counted {
  readonly text: string
  readonly words: readonly string[]
  readonly lower: readonly string[]
  /** Words of each sentence. */
  readonly lengths: readonly number[]
  readonly language: string
}

interface StyleMeasure {
  /** The least difference that means anything: where all passages are alike, the next one may be that far off. */
  readonly floor: number
  readonly of: (counted: Counted) => number
}

const perHundred = ({ words }: Counted, count: number) => (100 * count) / Math.max(1, words.length)
const perSentence = ({ text, lengths }: Counted, pattern: RegExp) =>
  (text.match(pattern)?.length ?? 0) / Math.max(1, lengths.length)

/** Forms of the first and the second person, by language. What is in none is not measured there. */
const persons: Readonly<Record<string, { readonly we: readonly string[]; readonly you: readonly string[] }>> = {
  en: { we: ['we', 'us', 'our', 'ours', 'ourselves'], you: ['you', 'your', 'yours', 'yourself', 'yourselves'] },
  de: {
    we: ['wir', 'uns', 'unser', 'unsere', 'unserem', 'unseren', 'unserer', 'unseres'],
    you: ['du', 'dich', 'dir', 'dein', 'deine', 'deinem', 'deinen', 'deiner', 'euch', 'euer', 'eure'],
  },
  fr: { we: ['nous', 'notre', 'nos'], you: ['tu', 'te', 'toi', 'ton', 'ta', 'tes', 'vous', 'votre', 'vos'] },
  es: {
    we: ['nosotros', 'nos', 'nuestro', 'nuestra', 'nuestros', 'nuestras'],
    you: ['tú', 'tu', 'tus', 'usted', 'ustedes', 'vosotros'],
  },
}

/** The main language of a BCP 47 tag: `en` of `en-GB`. */
export const mainLanguage = (tag: string) => tag.toLowerCase().split('-')[0] ?? ''

/** Whether the forms of address of a language are known here. */
export const knowsPersons = (language: string) => mainLanguage(language) in persons

const personRate = (counted: Counted, person: 'we' | 'you') => {
  const forms = persons[mainLanguage(counted.language)]?.[person] ?? []
  return perHundred(counted, counted.lower.filter((word) => forms.includes(word)).length)
}

const contraction = /(?:n[’']t|[’'](?:re|ve|ll|d|m))$|^(?:it|that|there|what|here|let|he|she|who)[’']s$/

/**
 * LIX: words a sentence, and the percentage of words of more than six letters. Under 30 is very easy, 40 to 50 medium,
 * above 60 very hard. It counts letters and no syllables, so it reads any language that puts spaces between words.
 * Source: C.-H. Björnsson, "Läsbarhet", Stockholm 1968.
 */
export function lixOf(words: readonly string[], sentences: number): number {
  const long = words.filter((word) => word.replaceAll(/[^\p{L}]/gu, '').length > 6).length
  return words.length / Math.max(1, sentences) + (100 * long) / Math.max(1, words.length)
}

const measures = {
  sentenceWords: { floor: 2, of: ({ lengths }) => meanOf(lengths) },
  sentenceWordsDeviation: { floor: 1.5, of: ({ lengths }) => deviationOf(lengths) },
  lix: { floor: 3, of: ({ words, lengths }) => lixOf(words, lengths.length) },
  weRate: { floor: 0.5, of: (counted) => personRate(counted, 'we') },
  youRate: { floor: 0.5, of: (counted) => personRate(counted, 'you') },
  contractionRate: {
    floor: 0.5,
    of: (counted) => perHundred(counted, counted.lower.filter((word) => contraction.test(word)).length),
  },
  exclamations: { floor: 0.05, of: (counted) => perSentence(counted, /!/g) },
  questions: { floor: 0.05, of: (counted) => perSentence(counted, /\?/g) },
  commas: { floor: 0.2, of: (counted) => perSentence(counted, /,/g) },
  dashes: { floor: 0.05, of: (counted) => perSentence(counted, /[—–]|\s-\s/g) },
  colons: { floor: 0.05, of: (counted) => perSentence(counted, /[:;]/g) },
  brackets: { floor: 0.05, of: (counted) => perSentence(counted, /\(/g) },
  emojiRate: {
    floor: 0.1,
    of: (counted) => perHundred(counted, counted.text.match(/\p{Extended_Pictographic}/gu)?.length ?? 0),
  },
} as const satisfies Readonly<Record<string, StyleMeasure>>

export type StyleMeasureName = keyof typeof measures
export type StyleValues = Readonly<Record<string, number>>
/** Mean and standard deviation over passages, by the measure's name. */
export type StyleProfile = Readonly<Record<string, { readonly mean: number; readonly deviation: number }>>

/** Measures a passage: rates of words are per hundred words, those of marks per sentence. */
export function measureStyle(text: string, language: string): Readonly<Record<StyleMeasureName, number>> {
  const words = wordsOf(text)
  const lengths = sentencesOf(text).map((sentence) => wordsOf(sentence).length)
  const counted = { text, words, lower: words.map((word) => word.toLowerCase()), lengths, language }
  return {
    sentenceWords: measures.sentenceWords.of(counted),
    sentenceWordsDeviation: measures.sentenceWordsDeviation.of(counted),
    lix: measures.lix.of(counted),
    weRate: measures.weRate.of(counted),
    youRate: measures.youRate.of(counted),
    contractionRate: measures.contractionRate.of(counted),
    exclamations: measures.exclamations.of(counted),
    questions: measures.questions.of(counted),
    commas: measures.commas.of(counted),
    dashes: measures.dashes.of(counted),
    colons: measures.colons.of(counted),
    brackets: measures.brackets.of(counted),
    emojiRate: measures.emojiRate.of(counted),
  }
}

/** What is usual among passages. */
export function profileOf(values: readonly StyleValues[]): StyleProfile {
  const names = Object.keys(values[0] ?? {})
  return Object.fromEntries(
    names.map((name) => {
      const column = values.map((each) => each[name] ?? 0)
      return [name, { mean: round(meanOf(column)), deviation: round(deviationOf(column)) }]
    }),
  )
}

/** Beyond this, further is not worse: one odd mark must not decide. */
const farthest = 4

/**
 * How far a passage is from what is usual: the mean of the absolute z-scores of its measures, each at most 4. That is
 * Delta, over measures of style in the place of the commonest words. Source: J. Burrows, "'Delta': a Measure of Stylistic
 * Difference and a Guide to Likely Authorship", Literary and Linguistic Computing 17 (2002), pages 267 to 287.
 */
export function styleDistance(values: StyleValues, profile: StyleProfile): number {
  const floors: Readonly<Record<string, StyleMeasure>> = measures
  const distances = Object.entries(profile).flatMap(([name, { mean, deviation }]) => {
    const [value, floor] = [values[name], floors[name]?.floor]
    if (value === undefined || floor === undefined) return []
    return [Math.min(farthest, Math.abs(value - mean) / Math.max(deviation, floor))]
  })
  return meanOf(distances)
}

/** 0 for none. */
export const meanOf = (values: readonly number[]) =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length

/** Of the sample: over n − 1. 0 for fewer than two. */
export function deviationOf(values: readonly number[]): number {
  if (values.length < 2) return 0
  const mean = meanOf(values)
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1))
}

/** To four digits after the point: what is stored must not depend on the last bit of a sum. */
export const round = (value: number) => Math.round(value * 10_000) / 10_000
