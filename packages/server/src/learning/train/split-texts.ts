import { NeonHubError } from '../../base/errors.ts'
import type { Passage, TrainingText } from '../spec.ts'
import { passagesOf } from './passages.ts'
import { createRandom, shuffle } from './random.ts'

/** The texts of a brand, cut into what is learned from and what is kept to judge it by. */
export interface SplitTexts {
  readonly training: readonly Passage[]
  readonly heldOut: readonly Passage[]
  /** Documents and pieces that have a passage. */
  readonly texts: number
}

const atLeast = { texts: 4, passages: 24, heldOut: 6 } as const
/** Of the passages, to judge by: about a quarter, and never more than two fifths. */
const heldOutShare = { wanted: 0.25, most: 0.4 } as const
const most = { training: 300, heldOut: 100 } as const

/**
 * Splits by whole texts: a passage's neighbours would give it away. Equal texts and an equal seed give equal parts. Throws
 * `learning.too_few_sources` where what is there could neither be learned from nor judged by.
 */
export function splitTexts(texts: readonly TrainingText[], seed: number): SplitTexts {
  const groups = texts
    .toSorted((one, other) => (one.id < other.id ? -1 : 1))
    .map(passagesOf)
    .filter((passages) => passages.length > 0)
  const total = groups.reduce((sum, passages) => sum + passages.length, 0)
  if (groups.length < atLeast.texts || total < atLeast.passages) throw tooFew(groups.length, total)
  const random = createRandom(seed)
  const heldOut: Passage[] = []
  const training: Passage[] = []
  for (const passages of shuffle(groups, random)) {
    const isWanted = heldOut.length < total * heldOutShare.wanted
    const fits = heldOut.length + passages.length <= total * heldOutShare.most
    ;(isWanted && fits ? heldOut : training).push(...passages)
  }
  if (heldOut.length < atLeast.heldOut) throw oneHoldsAll()
  return {
    training: shuffle(training, random).slice(0, most.training),
    heldOut: shuffle(heldOut, random).slice(0, most.heldOut),
    texts: groups.length,
  }
}

function tooFew(texts: number, passages: number): NeonHubError {
  return new NeonHubError(
    'learning.too_few_sources',
    `A voice needs at least ${atLeast.texts} texts with ${atLeast.passages} passages of about 60 words; these sources have ${texts} with ${passages}`,
    {
      kind: 'conflict',
      hint: 'Import more of what the brand has published, name more datasets, or approve more of its content.',
    },
  )
}

function oneHoldsAll(): NeonHubError {
  return new NeonHubError(
    'learning.too_few_sources',
    'Nearly all of what there is stands in one text, so that nothing is left to judge the voice by',
    { kind: 'conflict', hint: 'Import more texts, or cut the long one into several.' },
  )
}
