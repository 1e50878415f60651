import type { EmbeddingModel, PromptVoice } from '../../llm/spec.ts'
import { sentencesOf } from '../../marketing/index.ts'
import type { Measures } from '../measures.ts'
import type { Passage, TrainingText } from '../spec.ts'
import { chooseExamples } from './choose-examples.ts'
import { type Embedded, evaluate } from './evaluate.ts'
import { learnedRules, sentenceWordsOf } from './learned-rules.ts'
import { passagesOf } from './passages.ts'
import { perturb } from './perturb.ts'
import { createRandom, shuffle } from './random.ts'
import { measuredScorer, noScorer, type VoiceScorer, writtenScorer } from './scorers.ts'
import type { SplitTexts } from './split-texts.ts'
import { deviationOf, meanOf, measureStyle, profileOf, round } from './style.ts'
import { tellingTerms } from './telling-terms.ts'
import { centroidOf, cosine } from './vectors.ts'

/** Changes with whatever changes a result, so that the same sources are learned anew then. */
export const procedure = 2

export interface VoiceToTrain {
  /** BCP 47 tag. */
  readonly language: string
  readonly parts: SplitTexts
  /** Of the organization's other brands; may be empty. */
  readonly others: readonly TrainingText[]
  readonly seed: number
  /** What people wrote; undefined for a brand without a voice. */
  readonly written: PromptVoice | undefined
  /** What the present voice was tuned to, where it was. */
  readonly tuned: { readonly measures: Measures; readonly centroid: readonly number[] } | undefined
}

export interface TrainingTools {
  readonly embeddings: EmbeddingModel
  readonly signal: AbortSignal
  /** Called between pieces of the work; what it throws ends it. `percent` is of all. */
  readonly checkpoint: (stage: string, percent: number) => Promise<void>
}

export interface TrainedVoice {
  readonly rules: readonly string[]
  readonly examples: readonly string[]
  readonly centroid: readonly number[]
  readonly measures: Measures
  readonly contrastPassages: number
}

const mostContrast = 200
const leastContrast = 12
const batchSize = 32

/**
 * Learns a voice from the training part of a brand's texts, and compares it with the present one on the part that was held
 * out. The same input gives the same voice. Throws what the embedding model and the checkpoint throw.
 */
export async function trainVoice(input: VoiceToTrain, tools: TrainingTools): Promise<TrainedVoice> {
  const { language, parts, seed, written } = input
  const random = createRandom(seed + 1)
  const { contrast, background, against } = contrastOf(input, random)
  const sayings = written ? [written.summary, ...written.examples].filter((text) => text.trim() !== '') : []
  const vectors = await embedAll(
    [...parts.training, ...parts.heldOut, ...contrast].map(({ text }) => text).concat(sayings),
    tools,
  )
  const withVectors = <Item extends Passage>(passages: readonly Item[]) =>
    passages.map((passage) => ({ ...passage, vector: vectors.get(passage.text) ?? [] }))
  await tools.checkpoint('measuring', 90)
  const training = withVectors(parts.training)
  const profile = profileOf(training.map(({ text }) => measureStyle(text, language)))
  const centroid = centroidOf(training.map(({ vector }) => vector))
  const scorer = measuredScorer({ profile, centroid, language })
  const terms = tellingTerms(parts.training, background)
  const sentenceWords = sentenceWordsOf(parts.training)
  const heaps = { heldOut: withVectors(parts.heldOut), contrast: withVectors(contrast) }
  const saidVectors = sayings.map((text) => vectors.get(text) ?? [])
  const cosines = training.map(({ vector }) => cosine(vector, centroid))
  const { provider, model } = tools.embeddings
  return {
    rules: learnedRules({
      style: profile,
      sentenceWords,
      sentences: parts.training.reduce((sum, { text }) => sum + sentencesOf(text).length, 0),
      terms,
      language,
      writtenRules: written?.rules ?? [],
    }),
    examples: chooseExamples(training, { scorer, known: written?.examples ?? [] }),
    centroid,
    contrastPassages: contrast.length,
    measures: {
      embeddingModel: `${provider}:${model}`,
      style: profile,
      sentenceWords,
      terms: [...terms],
      spread: { mean: round(meanOf(cosines)), deviation: round(deviationOf(cosines)) },
      evaluation: {
        heldOut: heaps.heldOut.length,
        contrast: heaps.contrast.length,
        against,
        present: evaluatePresent(input, { heaps, saidVectors, embeddingModel: `${provider}:${model}` }),
        candidate: evaluate(scorer, heaps),
      },
    },
  }
}

/** What the voice has to be told from, and what the brand's words are compared with; no passage is both. */
function contrastOf({ others, parts }: VoiceToTrain, random: () => number) {
  const groups = others
    .toSorted((one, other) => (one.id < other.id ? -1 : 1))
    .map(passagesOf)
    .filter((passages) => passages.length > 0)
  const foreign = shuffle(groups, random)
  const half = Math.ceil(foreign.length / 2)
  const contrast = shuffle(foreign.slice(0, half).flat(), random).slice(0, mostContrast)
  if (contrast.length >= leastContrast) {
    return { contrast, background: foreign.slice(half).flat(), against: 'other_brands' as const }
  }
  return {
    contrast: parts.heldOut.map((passage) => perturb(passage, random)),
    background: foreign.flat(),
    against: 'perturbed' as const,
  }
}

interface PresentFacts {
  readonly heaps: { readonly heldOut: readonly Embedded[]; readonly contrast: readonly Embedded[] }
  /** Of the summary and the examples that people wrote. */
  readonly saidVectors: readonly (readonly number[])[]
  readonly embeddingModel: string
}

function evaluatePresent(
  { language, written, tuned }: VoiceToTrain,
  { heaps, saidVectors, embeddingModel }: PresentFacts,
): Measures['evaluation']['present'] {
  if (tuned) {
    // Vectors of another model do not compare: its style alone is judged then.
    const centroid = tuned.measures.embeddingModel === embeddingModel ? tuned.centroid : []
    const scorer = measuredScorer({ profile: tuned.measures.style, centroid, language })
    return { ...evaluate(scorer, heaps), origin: 'tuned' }
  }
  const scorer: VoiceScorer = written ? writtenScorer(written, centroidOf(saidVectors)) : noScorer
  return { ...evaluate(scorer, heaps), origin: written ? 'as_written' : 'none' }
}

/** The vector of each text; equal texts are embedded once. */
async function embedAll(
  texts: readonly string[],
  { embeddings, signal, checkpoint }: TrainingTools,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const distinct = [...new Set(texts)]
  const vectors = new Map<string, readonly number[]>()
  for (let start = 0; start < distinct.length; start += batchSize) {
    await checkpoint('embedding', 5 + Math.floor((85 * start) / distinct.length))
    const batch = distinct.slice(start, start + batchSize)
    const embedded = await embeddings.embed(batch, signal)
    for (const [index, text] of batch.entries()) vectors.set(text, embedded[index] ?? [])
  }
  return vectors
}
