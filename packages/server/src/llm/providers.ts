import { createAnthropic } from '@ai-sdk/anthropic'
import { createGoogle } from '@ai-sdk/google'
import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import type { EmbeddingModelV4, LanguageModelV4 } from '@ai-sdk/provider'
import type { LlmConfig, ProviderConfig } from '../base/config.ts'
import { NeonHubError } from '../base/errors.ts'

/** A model by its provider's short name: `openai:gpt-6.1-sol`. */
export interface ModelRef {
  readonly provider: string
  readonly model: string
}

interface Provider {
  /** Unset: nothing can be asked there. The environment variable is named in the error. */
  readonly isConfigured: (config: LlmConfig) => boolean
  readonly environmentVariable: string
  /** Used where the installation names no model. */
  readonly defaultModel: string | undefined
  readonly language: (config: LlmConfig, model: string, fetcher: typeof fetch) => LanguageModelV4
  readonly embedding?: (config: LlmConfig, model: string, fetcher: typeof fetch) => EmbeddingModelV4
}

/**
 * What every client is made of. The base URL is always handed in, since the clients would otherwise read one from the
 * environment, which only the composition root may.
 */
function settings({ apiKey, baseUrl }: ProviderConfig, fetcher: typeof fetch, defaultBaseUrl: string) {
  return { apiKey: apiKey ?? '', baseURL: baseUrl ?? defaultBaseUrl, fetch: fetcher }
}

const openai = (config: LlmConfig, fetcher: typeof fetch) =>
  createOpenAI(settings(config.openai, fetcher, 'https://api.openai.com/v1'))
const anthropic = (config: LlmConfig, fetcher: typeof fetch) =>
  createAnthropic(settings(config.anthropic, fetcher, 'https://api.anthropic.com/v1'))
const google = (config: LlmConfig, fetcher: typeof fetch) =>
  createGoogle(settings(config.google, fetcher, 'https://generativelanguage.googleapis.com/v1beta'))
const compatible = ({ openaiCompatible: { apiKey, baseUrl } }: LlmConfig, fetcher: typeof fetch) =>
  createOpenAICompatible({
    name: 'compatible',
    baseURL: baseUrl ?? '',
    fetch: fetcher,
    includeUsage: true,
    // Ollama and vLLM both take a JSON schema as the response format.
    supportsStructuredOutputs: true,
    ...(apiKey === undefined ? {} : { apiKey }),
  })

/** In the order in which a default is looked for. */
const providers: Readonly<Record<string, Provider>> = {
  openai: {
    isConfigured: (config) => config.openai.apiKey !== undefined,
    environmentVariable: 'OPENAI_API_KEY',
    defaultModel: 'gpt-6.1-sol',
    language: (config, model, fetcher) => openai(config, fetcher)(model),
    embedding: (config, model, fetcher) => openai(config, fetcher).embeddingModel(model),
  },
  anthropic: {
    isConfigured: (config) => config.anthropic.apiKey !== undefined,
    environmentVariable: 'ANTHROPIC_API_KEY',
    defaultModel: 'claude-sonnet-5-5',
    language: (config, model, fetcher) => anthropic(config, fetcher)(model),
  },
  google: {
    isConfigured: (config) => config.google.apiKey !== undefined,
    environmentVariable: 'GOOGLE_GENERATIVE_AI_API_KEY',
    defaultModel: 'gemini-3.8-flash',
    language: (config, model, fetcher) => google(config, fetcher)(model),
    embedding: (config, model, fetcher) => google(config, fetcher).embeddingModel(model),
  },
  compatible: {
    isConfigured: (config) => config.openaiCompatible.baseUrl !== undefined,
    environmentVariable: 'OPENAI_COMPATIBLE_BASE_URL',
    defaultModel: undefined,
    language: (config, model, fetcher) => compatible(config, fetcher)(model),
    embedding: (config, model, fetcher) => compatible(config, fetcher).embeddingModel(model),
  },
}

/** Reads `provider:model`; the model may hold colons itself, as Ollama's tags do (`compatible:llama3.3:70b`). */
export function parseModelRef(ref: string): ModelRef {
  const colon = ref.indexOf(':')
  if (colon > 0 && colon < ref.length - 1) return { provider: ref.slice(0, colon), model: ref.slice(colon + 1) }
  throw new NeonHubError('llm.model_unknown', `“${ref}” does not name a model`, {
    kind: 'invalid',
    hint: 'Name a model as provider:model, for example openai:gpt-6.1-sol.',
  })
}

/**
 * The model that answers where a caller names none: the configured one, else the first provider with a key, else the
 * sandbox. Throws `llm.model_unnamed` where only a server of the installation's own is configured: nobody but its owner
 * knows what it serves, and the sandbox must not stand in for it unasked.
 */
export function defaultModelRef(config: LlmConfig): string {
  if (config.model !== undefined) return config.model
  const found = Object.entries(providers).find(
    ([, { isConfigured, defaultModel }]) => defaultModel && isConfigured(config),
  )
  if (found) return `${found[0]}:${found[1].defaultModel}`
  const servesVectors = config.embeddingModel?.startsWith('compatible:') ?? false
  if (config.openaiCompatible.baseUrl === undefined || servesVectors) return 'sandbox:composer'
  throw new NeonHubError(
    'llm.model_unnamed',
    'OPENAI_COMPATIBLE_BASE_URL is set, but NEONHUB_MODEL names no model of it',
    {
      kind: 'invalid',
      hint: 'Set NEONHUB_MODEL=compatible:NAME, for example compatible:llama3.3, or NEONHUB_MODEL=sandbox:composer.',
    },
  )
}

/** A model that a provider is known to have; undefined for a server whose models only its owner knows. */
export const suggestedModel = (provider: string): string | undefined =>
  Object.hasOwn(providers, provider) ? providers[provider]?.defaultModel : undefined

/** The provider's client for a model. Throws where the provider is unknown or has no key. */
export function connectLanguageModel(config: LlmConfig, { provider, model }: ModelRef, fetcher: typeof fetch) {
  return requireProvider(config, provider).language(config, model, fetcher)
}

/** The provider's client for a vector model. Throws where the provider is unknown, has no key, or has no vectors. */
export function connectEmbeddingModel(config: LlmConfig, { provider, model }: ModelRef, fetcher: typeof fetch) {
  const { embedding } = requireProvider(config, provider)
  if (embedding) return embedding(config, model, fetcher)
  throw new NeonHubError('llm.embeddings_unsupported', `${provider} offers no embedding models`, {
    kind: 'invalid',
    hint: 'Choose an embedding model of openai, google or compatible, or the offline one.',
  })
}

function requireProvider(config: LlmConfig, name: string): Provider {
  const provider = Object.hasOwn(providers, name) ? providers[name] : undefined
  if (!provider) {
    throw new NeonHubError('llm.provider_unknown', `No provider is called “${name}”`, {
      kind: 'invalid',
      hint: `Use one of ${[...Object.keys(providers), 'sandbox'].join(', ')}, as provider:model.`,
    })
  }
  if (provider.isConfigured(config)) return provider
  const { environmentVariable } = provider
  throw new NeonHubError(
    'llm.provider_not_configured',
    `The provider “${name}” is not configured: ${environmentVariable} is not set`,
    {
      kind: 'invalid',
      hint: `Set ${environmentVariable} and restart, or choose a model of another provider.`,
    },
  )
}

/** Every configured key, to be cut out of whatever a provider says. */
export function secretsOf(config: LlmConfig): readonly string[] {
  return [config.openai, config.anthropic, config.google, config.openaiCompatible].flatMap(({ apiKey }) =>
    apiKey === undefined ? [] : [apiKey],
  )
}
