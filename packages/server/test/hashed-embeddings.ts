import { setTimeout as sleep } from 'node:timers/promises'
import { sha256 } from '../src/base/json.ts'
import type { EmbeddingModel } from '../src/llm/index.ts'

/**
 * A vector model that is good at equal words: each word is a direction, the same one in every process. Two of different
 * names have nothing in common, so that a vector that is compared with those of another space finds the wrong passages.
 */
export function hashedEmbeddings({
  model,
  dimensions,
  delayMs = 0,
  onEmbed = async () => {},
}: {
  readonly model: string
  readonly dimensions: number
  /** How long a call takes. */
  readonly delayMs?: number
  /** Called before each answer; what it throws is the answer. */
  readonly onEmbed?: (texts: readonly string[]) => Promise<void>
}): EmbeddingModel {
  return {
    provider: 'hashed',
    model,
    dimensions,
    resolveDimensions: async () => dimensions,
    embed: async (texts, signal) => {
      if (delayMs > 0) await sleep(delayMs, undefined, signal ? { signal } : {})
      await onEmbed(texts)
      return texts.map((text) => embedWords(`${model}:`, text, dimensions))
    },
  }
}

function embedWords(salt: string, text: string, dimensions: number): readonly number[] {
  const vector = Array.from({ length: dimensions }, () => 0)
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []) {
    const hash = sha256(salt + word)
    for (const start of [0, 8, 16, 24]) {
      const index = Number.parseInt(hash.slice(start, start + 7), 16) % dimensions
      vector[index] = (vector[index] ?? 0) + (Number.parseInt(hash.slice(start + 7, start + 8), 16) < 8 ? 1 : -1)
    }
  }
  const length = Math.hypot(...vector) || 1
  return vector.map((value) => value / length)
}

/** The models as an installation offers them whose own is the first. */
export function offering(...models: readonly [EmbeddingModel, ...EmbeddingModel[]]) {
  return {
    embeddings: models[0],
    embeddingsOf: ({ model }: { readonly model: string }) => models.find((candidate) => candidate.model === model),
  }
}
