import type { PriceRates, PriceRow } from '../base/organization-models.ts'

/** Dollars for a million tokens, in the order in which price pages print them. */
type Dollars = readonly [input: number, cacheRead: number, cacheWrite: number, output: number]

function rates([input, cacheRead, cacheWrite, output]: Dollars): PriceRates {
  const micros = (dollars: number) => Math.round(dollars * 1_000_000)
  return { input: micros(input), cacheRead: micros(cacheRead), cacheWrite: micros(cacheWrite), output: micros(output) }
}

function row(
  provider: string,
  effectiveFrom: string,
  [model, dollars, long]: readonly [string, Dollars, (readonly [aboveInputTokens: number, dollars: Dollars])?],
): PriceRow {
  const longContext = long && { aboveInputTokens: long[0], ...rates(long[1]) }
  return { provider, model, effectiveFrom, currency: 'USD', ...rates(dollars), ...(longContext ? { longContext } : {}) }
}

/**
 * List prices of the standard tier as best known in October 2026, second-hand: from public catalogues that cite the
 * providers' price pages (developers.openai.com/api/docs/pricing, platform.claude.com/docs/en/about-claude/pricing,
 * ai.google.dev/gemini-api/docs/pricing). Compare with the bill before relying on a row. Where a catalogue gives no day,
 * `effectiveFrom` is the first of a month in which the price surely held. A cache write that is not told costs 1.25 ×
 * input at Anthropic and from GPT-5.6 on, else the same as input. Batch, priority and regional tiers are not told apart.
 */
export const priceTable: readonly PriceRow[] = [
  ...(
    [
      ['gpt-6-astra', [10, 1, 12.5, 50]],
      ['gpt-6.1-sol', [2, 0.1, 2.5, 10]],
      ['gpt-6-sol', [2, 0.2, 2.5, 10]],
      ['gpt-6-luna', [0.1, 0.01, 0.125, 0.5]],
      ['gpt-5.6', [4, 0.4, 5, 20]],
      ['gpt-5.6-sol', [4, 0.4, 5, 20]],
      ['gpt-5.6-terra', [2, 0.2, 2.5, 12]],
      ['gpt-5.6-luna', [0.2, 0.02, 0.25, 1.2]],
    ] as const
  ).map((entry) => row('openai', '2026-10-01', entry)),
  ...(
    [
      ['gpt-5.6-sol', [5, 0.5, 6.25, 30]],
      ['gpt-5.6-terra', [2.5, 0.25, 3.125, 15]],
      ['gpt-5.6-luna', [1, 0.1, 1.25, 6]],
    ] as const
  ).map((entry) => row('openai', '2026-06-26', entry)),
  ...(
    [
      ['gpt-5.5', [5, 0.5, 5, 30]],
      ['gpt-5.4', [2.5, 0.25, 2.5, 15]],
      ['gpt-5.4-mini', [0.75, 0.075, 0.75, 4.5]],
      ['gpt-5.4-nano', [0.2, 0.02, 0.2, 1.25]],
      ['gpt-5.2', [1.75, 0.175, 1.75, 14]],
      ['gpt-5.1', [1.25, 0.125, 1.25, 10]],
      ['gpt-5', [1.25, 0.125, 1.25, 10]],
      ['gpt-5-mini', [0.25, 0.025, 0.25, 2]],
      ['gpt-5-nano', [0.05, 0.005, 0.05, 0.4]],
      ['gpt-4.1', [2, 0.5, 2, 8]],
      ['gpt-4.1-mini', [0.4, 0.1, 0.4, 1.6]],
      ['gpt-4.1-nano', [0.1, 0.025, 0.1, 0.4]],
      ['gpt-4o', [2.5, 1.25, 2.5, 10]],
      ['gpt-4o-mini', [0.15, 0.075, 0.15, 0.6]],
      ['text-embedding-3-small', [0.02, 0.02, 0.02, 0]],
      ['text-embedding-3-large', [0.13, 0.13, 0.13, 0]],
      ['text-embedding-ada-002', [0.1, 0.1, 0.1, 0]],
    ] as const
  ).map((entry) => row('openai', '2026-01-01', entry)),
  ...(
    [
      ['claude-opus-5-5', [4, 0.2, 5, 20]],
      ['claude-sonnet-5-5', [2, 0.1, 2.5, 10]],
      ['claude-haiku-5-5', [0.1, 0.01, 0.125, 0.5], [100_000, [0.5, 0.05, 0.625, 2.5]]],
    ] as const
  ).map((entry) => row('anthropic', '2026-09-01', entry)),
  ...(
    [
      ['claude-fable-5-1', [10, 1, 12.5, 50]],
      ['claude-opus-5', [5, 0.5, 6.25, 25]],
      ['claude-sonnet-5', [2, 0.2, 2.5, 10]],
      ['claude-opus-4-8', [5, 0.5, 6.25, 25]],
      ['claude-opus-4-7', [5, 0.5, 6.25, 25]],
      ['claude-opus-4-6', [5, 0.5, 6.25, 25]],
      ['claude-opus-4-5', [5, 0.5, 6.25, 25]],
      ['claude-opus-4-1', [15, 1.5, 18.75, 75]],
      ['claude-sonnet-4-6', [3, 0.3, 3.75, 15]],
      ['claude-sonnet-4-5', [3, 0.3, 3.75, 15]],
      ['claude-haiku-4-5', [1, 0.1, 1.25, 5]],
    ] as const
  ).map((entry) => row('anthropic', '2026-01-01', entry)),
  // The introductory price of this model ends with 2026; its page names both.
  row('google', '2027-01-01', ['gemini-3.8-flash', [1.5, 0.15, 1.5, 7.5]]),
  ...(
    [
      ['gemini-3.8-flash', [0.75, 0.075, 0.75, 3.75]],
      ['gemini-3.7-flash', [1.5, 0.15, 1.5, 7.5]],
      ['gemini-3.5-flash', [1.5, 0.15, 1.5, 9]],
      ['gemini-3.1-pro-preview', [2, 0.2, 2, 12], [200_000, [4, 0.4, 4, 18]]],
      ['gemini-2.5-pro', [1.25, 0.125, 1.25, 10], [200_000, [2.5, 0.25, 2.5, 15]]],
      ['gemini-2.5-flash', [0.3, 0.03, 0.3, 2.5]],
      ['gemini-2.5-flash-lite', [0.1, 0.01, 0.1, 0.4]],
      ['gemini-embedding-2', [0.2, 0.2, 0.2, 0]],
      ['gemini-embedding-001', [0.15, 0.15, 0.15, 0]],
    ] as const
  ).map((entry) => row('google', '2026-01-01', entry)),
]
