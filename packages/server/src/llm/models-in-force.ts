import { requireCallJournal } from '../base/call-journal.ts'
import type { LlmConfig } from '../base/config.ts'
import type { ModelProvider, OpenEndpoint } from '../base/organization-models.ts'
import type { ModelContext } from './recorded-models.ts'

type ProviderSetting = 'openai' | 'anthropic' | 'google' | 'openaiCompatible'

const settingOf: Readonly<Record<ModelProvider, ProviderSetting>> = {
  openai: 'openai',
  anthropic: 'anthropic',
  google: 'google',
  compatible: 'openaiCompatible',
}

/**
 * What models are asked with inside the journal in force: the installation's settings, with the organization's own
 * accounts in the place of those of the same provider. An own key goes to the provider itself or to the address that
 * stands beside it, never to one that the installation has set.
 */
export async function modelsInForce(installation: ModelContext): Promise<ModelContext> {
  const models = await requireCallJournal().findModels?.()
  if (!models) return installation
  const { endpoints, prices, failingProviders } = models
  const keys = endpoints.flatMap(({ apiKey }) => (apiKey === undefined ? [] : [apiKey]))
  const secrets = [...installation.recorder.secrets, ...keys]
  return {
    ...installation,
    config: layOver(installation.config, endpoints),
    failingProviders: new Set(failingProviders),
    fetchOf: new Map(
      endpoints.flatMap(({ provider, baseUrl }) => (baseUrl === undefined ? [] : [[provider, models.fetch] as const])),
    ),
    recorder: {
      ...installation.recorder,
      secrets,
      ownPrices: prices,
      ownEndpoints: new Map(endpoints.map(({ provider, id }) => [provider, id])),
    },
    retry: { ...installation.retry, secrets },
  }
}

function layOver(config: LlmConfig, endpoints: readonly OpenEndpoint[]): LlmConfig {
  const chosen = endpoints.find(({ defaultModel }) => defaultModel !== undefined)
  return {
    ...config,
    ...Object.fromEntries(
      endpoints.map(({ provider, apiKey, baseUrl }) => [settingOf[provider], { apiKey, baseUrl }] as const),
    ),
    ...(chosen ? { model: `${chosen.provider}:${chosen.defaultModel}` } : {}),
  }
}
