import type { LlmCall, RunDetail } from '@neonhub/contract'

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

/** What a run used, its child runs included. */
export function usageOf(run: RunDetail) {
  const calls = allCalls(run)
  const answered = calls.map(isSandboxCall).filter((sandbox) => sandbox !== undefined)
  return {
    costMicros: calls.reduce((sum, call) => sum + call.costMicros, 0),
    currency: calls.find((call) => call.currency !== undefined)?.currency ?? defaultCurrency,
    /** Every model call was answered by the sandbox. */
    sandbox: answered.length > 0 && answered.every(Boolean),
    inputTokens: calls.reduce((sum, call) => sum + call.inputTokens + call.cacheReadTokens + call.cacheWriteTokens, 0),
    outputTokens: calls.reduce((sum, call) => sum + call.outputTokens + call.reasoningTokens, 0),
  }
}

const allCalls = (run: RunDetail): RunDetail['llmCalls'] => [...run.llmCalls, ...run.children.flatMap(allCalls)]
