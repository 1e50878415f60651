import { aucStandardError, ranksOf, rocAuc } from './roc-auc.ts'
import type { VoiceScorer } from './scorers.ts'
import { meanOf, round } from './style.ts'

/** A passage with its vector. */
export interface Embedded {
  readonly text: string
  readonly vector: readonly number[]
}

/** How well a voice tells the brand's passages from others. 0.5 is chance, 1 without fault. */
export interface Separation {
  /** Of style and meaning together: the mean of their ranks, which need no common scale. */
  readonly auc: number
  readonly standardError: number
  readonly styleAuc: number
  readonly meaningAuc: number
}

/** Asks a voice which of two heaps each passage is from: `heldOut`, the brand's, or `contrast`. */
export function evaluate(
  scorer: VoiceScorer,
  { heldOut, contrast }: { readonly heldOut: readonly Embedded[]; readonly contrast: readonly Embedded[] },
): Separation {
  const all = [...heldOut, ...contrast]
  const style = all.map(({ text }) => scorer.style(text))
  const meaning = all.map(({ vector }) => scorer.meaning(vector))
  const styleRanks = ranksOf(style)
  const both = ranksOf(meaning).map((rank, index) => meanOf([rank, styleRanks[index] ?? 0]))
  const areaOf = (scores: readonly number[]) => rocAuc(scores.slice(0, heldOut.length), scores.slice(heldOut.length))
  const auc = areaOf(both)
  return {
    auc: round(auc),
    standardError: round(aucStandardError(auc, { positives: heldOut.length, negatives: contrast.length })),
    styleAuc: round(areaOf(style)),
    meaningAuc: round(areaOf(meaning)),
  }
}
