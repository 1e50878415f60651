import type { LlmCall } from '@neonhub/contract'

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

/**
 * Whether the sandbox answered a call. Undefined where it says nothing about the rest: embeddings are made by a free model
 * in the process beside the sandbox and beside real models alike.
 */
export function isSandboxCall(call: LlmCall): boolean | undefined {
  if (call.provider === 'sandbox') return true
  return call.costSource === 'free' ? undefined : false
}
