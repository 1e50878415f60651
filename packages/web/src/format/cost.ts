import type { RunDetail } from '@neonhub/contract'

/** What prices are kept in where an answer does not name its currency. */
export const defaultCurrency = 'USD'

export interface CostOptions {
  readonly currency?: string | undefined
  /** The user's own where absent. */
  readonly locale?: string
}

/** Millionths of a currency as text. Less than a cent keeps two digits that count: `$0.00042`. */
export function formatCost(costMicros: number, { currency = defaultCurrency, locale }: CostOptions = {}): string {
  const amount = costMicros / 1_000_000
  const small = costMicros !== 0 && Math.abs(amount) < 0.01
  return new Intl.NumberFormat(locale, {
    style: 'currency',
    currency,
    ...(small ? { maximumSignificantDigits: 2 } : {}),
  }).format(amount)
}

/** Who answered a run's model calls, those of its child runs included. Undefined where there were none. */
export function modelOrigin(run: RunDetail): 'sandbox' | 'models' | 'mixed' | undefined {
  const sandbox = new Set(allCalls(run).map((call) => call.provider === 'sandbox'))
  if (sandbox.size === 0) return undefined
  if (sandbox.size === 2) return 'mixed'
  return sandbox.has(true) ? 'sandbox' : 'models'
}

/** The currency that a run's calls were priced in. */
export const currencyOf = (run: RunDetail): string =>
  allCalls(run).find((call) => call.currency !== undefined)?.currency ?? defaultCurrency

const allCalls = (run: RunDetail): RunDetail['llmCalls'] => [...run.llmCalls, ...run.children.flatMap(allCalls)]
