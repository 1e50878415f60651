import type { EmbeddingModelV4 } from '@ai-sdk/provider'
import { NeonHubError } from '../base/errors.ts'
import { toUnitLength } from './offline/embed-texts.ts'
import { createOfflineEmbeddingModel, offlineModel } from './offline/offline-embedding-model.ts'
import { connectEmbeddingModel, type ModelRef, parseModelRef } from './providers.ts'
import { recordEmbeddingModel } from './record-embedding-model.ts'
import type { ModelContext } from './recorded-models.ts'
import { retryEmbeddingModel } from './retry-model.ts'
import type { EmbeddingModel } from './spec.ts'

/** Dimensions at the providers' default settings. */
const knownDimensions: Readonly<Record<string, number>> = {
  'energetic:model-embeddings-en': offlineModel.dimensions,
  'openai:text-embedding-3-small': 1536,
  'openai:text-embedding-3-large': 3072,
  'openai:text-embedding-ada-002': 1536,
  'google:gemini-embedding-001': 3072,
  'google:gemini-embedding-2': 3072,
}

/** Providers take more, but a batch is one row of the journal and one thing to repeat when it fails. */
const largestBatch = 96

/** The vector models of an installation. */
export interface EmbeddingModels {
  /** The installation's own: the offline one where none is named. */
  readonly embeddings: EmbeddingModel
  readonly embeddingsOf: (ref: ModelRef) => EmbeddingModel | undefined
  /** Ends the threads of the offline model. */
  readonly close: () => Promise<void>
}

interface OpenModel {
  readonly embeddings: EmbeddingModel
  readonly close: () => Promise<void>
}

/** What an installation that lacks a provider or its key is told. Any other error is one of ours. */
const unavailable = [
  'llm.provider_unknown',
  'llm.provider_not_configured',
  'llm.embeddings_unsupported',
  'llm.model_unknown',
]

/**
 * Opens the installation's vector model, and others as they are asked for: search goes on in the model of before while
 * the passages are embedded by a new one.
 */
export function openEmbeddingModels(context: ModelContext): EmbeddingModels {
  const models = new Map<string, OpenModel>()
  const open = ({ provider, model }: ModelRef): EmbeddingModel => {
    const ref = `${provider}:${model}`
    const opened = models.get(ref) ?? openEmbeddings(context, { provider, model })
    models.set(ref, opened)
    return opened.embeddings
  }
  return {
    embeddings: open(parseModelRef(context.config.embeddingModel ?? `${offlineModel.provider}:${offlineModel.model}`)),
    embeddingsOf: (ref) => {
      try {
        return open(ref)
      } catch (error) {
        if (error instanceof NeonHubError && unavailable.includes(error.code)) return undefined
        throw error
      }
    },
    close: async () => {
      await Promise.all(Array.from(models.values(), ({ close }) => close()))
    },
  }
}

/** One vector model. Each batch is one recorded call. */
function openEmbeddings(context: ModelContext, { provider, model }: ModelRef): OpenModel {
  const ref = `${provider}:${model}`
  const { bare, close } = connect(context, { provider, model })
  const client = retryEmbeddingModel(recordEmbeddingModel(bare, context.recorder, provider), context.retry, provider)
  let dimensions = knownDimensions[ref]

  const embed = async (texts: readonly string[], signal?: AbortSignal): Promise<readonly (readonly number[])[]> => {
    refuseEmpty(texts)
    const size = Math.min((await client.maxEmbeddingsPerCall) ?? largestBatch, largestBatch)
    const vectors: (readonly number[])[] = []
    for (let start = 0; start < texts.length; start += size) {
      const values = texts.slice(start, start + size)
      const { embeddings } = await client.doEmbed({ values, ...(signal ? { abortSignal: signal } : {}) })
      dimensions ??= embeddings[0]?.length
      refuseOtherShape(ref, embeddings, { count: values.length, dimensions })
      vectors.push(...embeddings.map(toUnitLength))
    }
    return vectors
  }

  const embeddings: EmbeddingModel = {
    provider,
    model,
    get dimensions(): number {
      if (dimensions !== undefined) return dimensions
      throw new NeonHubError(
        'llm.dimensions_unknown',
        `The dimension of ${ref} is not known before it has been asked`,
        {
          kind: 'internal',
          hint: 'Await resolveDimensions() first.',
        },
      )
    },
    resolveDimensions: async (signal) => {
      if (dimensions === undefined) await embed(['dimension'], signal)
      return dimensions ?? 0
    },
    embed,
  }
  return { embeddings, close }
}

function connect(context: ModelContext, ref: ModelRef): { bare: EmbeddingModelV4; close: () => Promise<void> } {
  if (ref.provider !== offlineModel.provider) {
    return { bare: connectEmbeddingModel(context.config, ref, context.fetch), close: async () => {} }
  }
  if (ref.model !== offlineModel.model) {
    throw new NeonHubError('llm.model_unknown', `No offline embedding model is called “${ref.model}”`, {
      kind: 'invalid',
      hint: `Use ${offlineModel.provider}:${offlineModel.model}.`,
    })
  }
  const { model, close } = createOfflineEmbeddingModel()
  return { bare: model, close }
}

function refuseEmpty(texts: readonly string[]): void {
  const index = texts.findIndex((text) => text.trim() === '')
  if (index === -1) return
  throw new NeonHubError('llm.empty_text', `Text ${index + 1} of ${texts.length} is empty and has no vector`, {
    kind: 'invalid',
    hint: 'Leave empty texts out.',
  })
}

/** A space of vectors has one dimension: a model that answers another is not the one that the space was made with. */
function refuseOtherShape(
  ref: string,
  embeddings: readonly (readonly number[])[],
  { count, dimensions }: { count: number; dimensions: number | undefined },
): void {
  if (embeddings.length === count && embeddings.every((vector) => vector.length === dimensions)) return
  const told = `${embeddings.length} vectors of ${[...new Set(embeddings.map((vector) => vector.length))].join(', ')}`
  throw new NeonHubError('llm.answer_unreadable', `${ref} answered ${told} for ${count} texts of ${dimensions}`, {
    kind: 'refused',
    hint: 'Check that the embedding model is the one that this installation was set up with.',
  })
}
