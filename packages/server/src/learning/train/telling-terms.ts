import { wordsOf } from '../../marketing/index.ts'
import type { Passage } from '../spec.ts'
import { round } from './style.ts'

/** A word that a brand uses more than others do. */
export interface TellingTerm {
  readonly term: string
  readonly zScore: number
  /** How often it stands in the training part. */
  readonly count: number
}

/** The weight of what all texts together use, in words: the less is known, the more a word has to stand out. */
const priorWords = 500
const atLeast = { count: 3, texts: 2, zScore: 1.96, times: 4, backgroundWords: 500 } as const
const limit = 12

/**
 * The words that tell a brand from the background, the most telling first: the z-score of their log-odds ratio with an
 * informative Dirichlet prior. Source: B. Monroe, M. Colaresi and K. Quinn, "Fightin' Words", Political Analysis 16 (2008),
 * pages 372 to 403, equations 16 and 22. None where the background has under 500 words.
 */
export function tellingTerms(own: readonly Passage[], background: readonly Passage[]): readonly TellingTerm[] {
  const [mine, theirs] = [countTerms(own), countTerms(background)]
  if (theirs.total < atLeast.backgroundWords) return []
  const both = mine.total + theirs.total
  const logOdds = (count: number, total: number, prior: number) =>
    Math.log((count + prior) / (total + priorWords - count - prior))
  return (
    [...mine.counts]
      .filter(([term, { count, texts }]) => isTerm(term) && count >= atLeast.count && texts.size >= atLeast.texts)
      .map(([term, { count }]) => ({ term, count, elsewhere: theirs.counts.get(term)?.count ?? 0 }))
      // A long text makes small differences certain: a word that others use nearly as often is nobody’s own.
      .filter(({ count, elsewhere }) => count / mine.total >= (atLeast.times * elsewhere) / theirs.total)
      .map(({ term, count, elsewhere }) => {
        const prior = (priorWords * (count + elsewhere)) / both
        const difference = logOdds(count, mine.total, prior) - logOdds(elsewhere, theirs.total, prior)
        const deviation = Math.sqrt(1 / (count + prior) + 1 / (elsewhere + prior))
        return { term, zScore: round(difference / deviation), count }
      })
      .filter(({ zScore }) => zScore >= atLeast.zScore)
      .toSorted((one, other) => other.zScore - one.zScore || (one.term < other.term ? -1 : 1))
      .slice(0, limit)
  )
}

/** Short words build sentences, and figures are facts: neither is a word that a brand likes. */
const isTerm = (term: string) => /^[\p{L}][\p{L}’'-]{3,39}$/u.test(term)

function countTerms(passages: readonly Passage[]) {
  const counts = new Map<string, { count: number; readonly texts: Set<string> }>()
  let total = 0
  for (const { text, textId } of passages) {
    for (const word of wordsOf(text)) {
      const term = word.toLowerCase()
      const known = counts.get(term) ?? { count: 0, texts: new Set() }
      known.count += 1
      known.texts.add(textId)
      counts.set(term, known)
      total += 1
    }
  }
  return { counts, total }
}
