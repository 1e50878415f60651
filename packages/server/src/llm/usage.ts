import type { LanguageModelV4Usage } from '@ai-sdk/provider'
import type { TokenUsage } from '../base/call-journal.ts'

export const noUsage: TokenUsage = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
}

/**
 * Token counts as disjoint classes, from what a provider told. Providers count cached input inside the total of the
 * input and reasoning inside the total of the output (provider specification v4), so each is taken out once. A class
 * that the provider left out is derived from the total and never falls below nought.
 */
export function disjointUsage({ inputTokens: input, outputTokens: output }: LanguageModelV4Usage): TokenUsage {
  const cacheReadTokens = input.cacheRead ?? 0
  const cacheWriteTokens = input.cacheWrite ?? 0
  const reasoningTokens = output.reasoning ?? 0
  return {
    inputTokens: input.noCache ?? Math.max(0, (input.total ?? 0) - cacheReadTokens - cacheWriteTokens),
    cacheReadTokens,
    cacheWriteTokens,
    outputTokens: output.text ?? Math.max(0, (output.total ?? 0) - reasoningTokens),
    reasoningTokens,
  }
}

/** The sum of two calls, class by class. */
export function addUsage(left: TokenUsage, right: TokenUsage): TokenUsage {
  return {
    inputTokens: left.inputTokens + right.inputTokens,
    cacheReadTokens: left.cacheReadTokens + right.cacheReadTokens,
    cacheWriteTokens: left.cacheWriteTokens + right.cacheWriteTokens,
    outputTokens: left.outputTokens + right.outputTokens,
    reasoningTokens: left.reasoningTokens + right.reasoningTokens,
  }
}
