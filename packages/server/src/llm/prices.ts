import type { LlmCallEnd, TokenUsage } from '../base/call-journal.ts'
import { type PriceRow, priceTable } from './price-table.ts'

/** Cost of a call and where the figure comes from. */
export type CallCost = Pick<LlmCallEnd, 'costMicros' | 'currency' | 'costSource'>

/** Providers that answer from this machine and charge nothing. */
const freeProviders = new Set(['sandbox', 'energetic'])

/**
 * What a provider appends to a model's name for a dated snapshot or a moving alias: `-20250929`, `-2025-08-07`,
 * `-latest`. Only these: a bare prefix match would price `claude-opus-5-5` as `claude-opus-5`.
 */
const snapshotSuffix = /^-(?:\d{8}|\d{4}-\d{2}-\d{2}|latest)$/

/**
 * The price in force for a model at a time: the row with the latest `effectiveFrom` that is not after `at`. Undefined
 * where the table has no row for the model, or none that early.
 */
export function findPrice({
  provider,
  model,
  at,
}: {
  provider: string
  model: string
  at: Date
}): PriceRow | undefined {
  const name = model.replace(/^models\//, '')
  const day = at.toISOString().slice(0, 10)
  return priceTable
    .filter((row) => row.provider === provider && row.effectiveFrom <= day)
    .filter(
      (row) => name === row.model || (name.startsWith(row.model) && snapshotSuffix.test(name.slice(row.model.length))),
    )
    .toSorted((left, right) => right.effectiveFrom.localeCompare(left.effectiveFrom))[0]
}

/**
 * Cost of one call in micros (millionths of the currency), rounded up to a whole micro so that a sum of costs never
 * falls short of the bill:
 *
 *   cost = ceil( Σ over classes of tokens × microsPerMillion / 1_000_000 )
 *
 * over the disjoint classes input, cache read, cache write, output and reasoning; reasoning is billed as output. A call
 * whose whole input (cached or not) is longer than the row's `longContext.aboveInputTokens` is billed at that card.
 */
export function priceCall({
  provider,
  model,
  usage,
  at,
}: {
  provider: string
  /** The model that answered, which may be a dated snapshot of the one that was asked. */
  model: string
  usage: TokenUsage
  at: Date
}): CallCost {
  if (freeProviders.has(provider)) return { costMicros: 0, currency: 'USD', costSource: 'free' }
  const row = findPrice({ provider, model, at })
  if (!row) return { costMicros: 0, currency: 'USD', costSource: 'unknown' }
  const wholeInput = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens
  const rates = row.longContext && wholeInput > row.longContext.aboveInputTokens ? row.longContext : row
  const microTokens =
    usage.inputTokens * rates.input +
    usage.cacheReadTokens * rates.cacheRead +
    usage.cacheWriteTokens * rates.cacheWrite +
    (usage.outputTokens + usage.reasoningTokens) * rates.output
  return { costMicros: Math.ceil(microTokens / 1_000_000), currency: row.currency, costSource: 'price-table' }
}
