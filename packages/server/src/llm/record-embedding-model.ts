import type { EmbeddingModelV4 } from '@ai-sdk/provider'
import { wrapEmbeddingModel } from 'ai'
import { openCall, type RecorderContext } from './open-call.ts'
import { noUsage } from './usage.ts'

/** A vector model whose every batch is one row of the call journal. The vectors themselves are not kept there. */
export function recordEmbeddingModel(
  model: EmbeddingModelV4,
  context: RecorderContext,
  provider: string,
): EmbeddingModelV4 {
  return wrapEmbeddingModel({
    model,
    middleware: {
      specificationVersion: 'v4',
      wrapEmbed: async ({ doEmbed, params }) => {
        const { values, providerOptions } = params
        const call = await openCall(context, {
          operation: 'embed',
          provider,
          requestedModel: model.modelId,
          request: { values, ...(providerOptions ? { providerOptions } : {}) },
        })
        try {
          const result = await doEmbed()
          await call.settle({
            usage: { ...noUsage, inputTokens: result.usage?.tokens ?? 0 },
            response: { vectors: result.embeddings.length, dimensions: result.embeddings[0]?.length ?? 0 },
          })
          return result
        } catch (error) {
          await call.settle({ error, cancelled: params.abortSignal?.aborted ?? false })
          throw error
        }
      },
    },
  })
}
