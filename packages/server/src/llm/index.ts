import type { Clock } from '../base/clock.ts'
import type { LlmConfig } from '../base/config.ts'
import type { Metrics } from '../base/metrics.ts'
import { openEmbeddingModels } from './embeddings.ts'
import { generateObject } from './generate-object.ts'
import { generateText, streamText } from './generate-text.ts'
import { defaultModelRef, secretsOf, suggestedModel } from './providers.ts'
import { type ModelContext, openLanguageModel } from './recorded-models.ts'
import type { Llm } from './spec.ts'

export type {
  EmbeddingModel,
  GenerateOptions,
  GenerationResult,
  Llm,
  Prompt,
  PromptSource,
  PromptVoice,
  TextStream,
} from './spec.ts'
export { findPrice, priceCall } from './prices.ts'
export type { PriceRow } from '../base/organization-models.ts'
export { priceTable } from './price-table.ts'
export { renderPrompt } from './prompt.ts'

/**
 * Opens the door to the models of a configuration. Nothing is asked and no thread is started before the first call.
 * Throws `llm.model_unknown`, `llm.provider_unknown` or `llm.provider_not_configured` where the configured default or
 * embedding model cannot be had, so that a wrong setting shows at the start and not in the first run.
 */
export function createLlm({
  config,
  metrics,
  clock,
  fetch: fetcher = fetch,
  random = Math.random,
}: {
  readonly config: LlmConfig
  readonly metrics?: Metrics
  readonly clock: Clock
  readonly fetch?: typeof fetch
  /** Uniform in [0, 1), for the jitter of retries. */
  readonly random?: () => number
}): Llm {
  const secrets = secretsOf(config)
  const context: ModelContext = {
    config,
    fetch: fetcher,
    recorder: { clock, metrics, secrets },
    retry: { clock, secrets, random, timeoutMs: config.timeoutMs },
  }
  const { embeddings, embeddingsOf, close } = openEmbeddingModels(context)
  openLanguageModel(context)
  return {
    defaultModel: defaultModelRef(config),
    embeddings,
    embeddingsOf,
    generateText: (options) => generateText(context, options),
    streamText: (options) => streamText(context, options),
    generateObject: (options) => generateObject(context, options),
    languageModel: (ref) => openLanguageModel(context, ref),
    suggestedModel,
    close,
  }
}
