import type { LlmCallEnd, LlmCallStart, TokenUsage } from '../base/call-journal.ts'
import type { PriceRow } from '../base/organization-models.ts'
import { priceTable } from './price-table.ts'

/** Cost of a call and where the figure comes from. */
export type CallCost = Pick<LlmCallEnd, 'costMicros' | 'currency' | 'costSource'>

/** Providers that answer from this machine and charge nothing. */
const freeProviders = new Set(['sandbox', 'energetic'])

/**
 * What a provider appends to a model's name for a dated snapshot or a moving alias: `-20250929`, `-2025-08-07`,
 * `-latest`. Only these: a bare prefix match would price `claude-opus-5-5` as `claude-opus-5`.
 */
const snapshotSuffix = /^-(?:\d{8}|\d{4}-\d{2}-\d{2}|latest)$/

interface Priced {
  readonly provider: string
  /** The model that answered, which may be a dated snapshot of the one that was asked. */
  readonly model: string
  readonly at: Date
}

/**
 * The price in force for a model at a time: the row with the latest `effectiveFrom` that is not after `at`, of the list
 * prices where no other table is given. Undefined where there is no row for the model, or none that early.
 */
export function findPrice(
  { provider, model, at }: Priced,
  table: readonly PriceRow[] = priceTable,
): PriceRow | undefined {
  const name = model.replace(/^models\//, '')
  const day = at.toISOString().slice(0, 10)
  return table
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
 * What the organization has agreed itself (`ownPrices`) comes before the list prices.
 */
export function priceCall(
  { usage, ...call }: Priced & { readonly usage: TokenUsage },
  ownPrices: readonly PriceRow[] = [],
): CallCost {
  if (freeProviders.has(call.provider)) return { costMicros: 0, currency: 'USD', costSource: 'free' }
  const own = findPrice(call, ownPrices)
  const row = own ?? findPrice(call)
  if (!row) return { costMicros: 0, currency: 'USD', costSource: 'unknown' }
  const wholeInput = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens
  const rates = row.longContext && wholeInput > row.longContext.aboveInputTokens ? row.longContext : row
  const microTokens =
    usage.inputTokens * rates.input +
    usage.cacheReadTokens * rates.cacheRead +
    usage.cacheWriteTokens * rates.cacheWrite +
    (usage.outputTokens + usage.reasoningTokens) * rates.output
  return {
    costMicros: Math.ceil(microTokens / 1_000_000),
    currency: row.currency,
    costSource: own ? 'own-price' : 'price-table',
  }
}

/** What an answer is taken to be at most where the request sets no `maxOutputTokens`. */
const assumedOutputTokens = 8_192
/** Bytes of UTF-8 for one token, at the fewest: English has four and more, Chinese three. */
const fewestBytesPerToken = 2

/**
 * What a call can cost at most: every token of the request at the dearest rate for input, and as many of output as it
 * allows, `assumedOutputTokens` where it does not say. An embedding answers no tokens.
 */
export function boundCost(
  {
    operation,
    request,
    ...call
  }: Priced & { readonly operation: LlmCallStart['operation']; readonly request: unknown },
  ownPrices: readonly PriceRow[] = [],
): CallCost {
  const inputTokens = Math.ceil(Buffer.byteLength(JSON.stringify(request) ?? '') / fewestBytesPerToken)
  const outputTokens = operation === 'embed' ? 0 : (maxOutputOf(request) ?? assumedOutputTokens)
  const usage = { inputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens, reasoningTokens: 0 }
  const [fresh, cached] = [
    priceCall({ ...call, usage: { ...usage, inputTokens } }, ownPrices),
    priceCall({ ...call, usage: { ...usage, cacheWriteTokens: inputTokens } }, ownPrices),
  ]
  return fresh.costMicros > cached.costMicros ? fresh : cached
}

function maxOutputOf(request: unknown): number | undefined {
  if (typeof request !== 'object' || request === null || !('maxOutputTokens' in request)) return undefined
  const { maxOutputTokens } = request
  return typeof maxOutputTokens === 'number' ? maxOutputTokens : undefined
}
