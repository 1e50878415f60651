import type { ModelProvider } from '@neonhub/contract'

/** As the providers call themselves. */
export const providerNames: Readonly<Record<ModelProvider, string>> = {
  openai: 'OpenAI',
  anthropic: 'Anthropic',
  google: 'Google',
  compatible: 'A server of your own',
}
