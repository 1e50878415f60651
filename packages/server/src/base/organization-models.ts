/** Providers whose models can be asked with an account of one's own. */
export const modelProviders = ['openai', 'anthropic', 'google', 'compatible'] as const
export type ModelProvider = (typeof modelProviders)[number]

/** Micros (millionths of the currency) for a million tokens of each class. Reasoning is billed as output. */
export interface PriceRates {
  readonly input: number
  readonly cacheRead: number
  readonly cacheWrite: number
  readonly output: number
}

/** What one model costs from a day (UTC, `YYYY-MM-DD`) until the next row of the same model. */
export interface PriceRow extends PriceRates {
  readonly provider: string
  readonly model: string
  readonly effectiveFrom: string
  readonly currency: string
  /** The card for calls whose whole input is longer than this. */
  readonly longContext?: PriceRates & { readonly aboveInputTokens: number }
}

/** An organization's own account at a provider, its key opened for the length of a call. */
export interface OpenEndpoint {
  readonly id: string
  readonly provider: ModelProvider
  readonly apiKey: string | undefined
  readonly baseUrl: string | undefined
  readonly defaultModel: string | undefined
}

/** What an organization has set about models; what it has not is the installation's. */
export interface OrganizationModels {
  readonly endpoints: readonly OpenEndpoint[]
  readonly prices: readonly PriceRow[]
  /** The providers whose last calls failed: only their breakers need be asked. */
  readonly failingProviders: readonly string[]
  /** For the addresses that it names: connects to nothing inside the installation's own network. */
  readonly fetch: typeof fetch
}
