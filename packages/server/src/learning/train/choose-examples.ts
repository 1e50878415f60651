import type { Passage } from '../spec.ts'
import type { VoiceScorer } from './scorers.ts'
import { ranksOf } from './roc-auc.ts'
import { cosine } from './vectors.ts'

const wanted = 4
/** How much it counts that an example is typical, beside that it is unlike those chosen before. */
const typicalWeight = 0.7

/** Addresses and links are no style, and an example is read by every later prompt. */
const isUnfit = (text: string) => /@|https?:|www\./i.test(text)

/**
 * The most telling passages, unlike each other, by maximal marginal relevance: J. Carbonell and J. Goldstein, SIGIR 1998,
 * pages 335 to 336. At most one of a text, and none that came from outside or stands in `known` already.
 */
export function chooseExamples(
  passages: readonly (Passage & { readonly vector: readonly number[] })[],
  { scorer, known }: { readonly scorer: VoiceScorer; readonly known: readonly string[] },
): readonly string[] {
  const fit = passages.filter(({ text, isQuotable }) => isQuotable && !isUnfit(text) && !known.includes(text))
  const style = ranksOf(fit.map(({ text }) => scorer.style(text)))
  const meaning = ranksOf(fit.map(({ vector }) => scorer.meaning(vector)))
  let open = fit.map((passage, index) => ({ ...passage, typical: ((style[index] ?? 0) + (meaning[index] ?? 0)) / 2 }))
  const chosen: (typeof open)[number][] = []
  while (chosen.length < wanted && open.length > 0) {
    const rated = open.map((passage) => {
      const likeness = Math.max(0, ...chosen.map(({ vector }) => cosine(vector, passage.vector)))
      return { passage, value: typicalWeight * passage.typical - (1 - typicalWeight) * likeness }
    })
    const best = rated.reduce((first, other) => (other.value > first.value ? other : first))
    chosen.push(best.passage)
    open = open.filter(({ textId }) => textId !== best.passage.textId)
  }
  return chosen.map(({ text }) => text)
}
