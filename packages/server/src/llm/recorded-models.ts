import type { LanguageModelV4 } from '@ai-sdk/provider'
import type { LlmCallEnd, TokenUsage } from '../base/call-journal.ts'
import type { LlmConfig } from '../base/config.ts'
import type { RecorderContext } from './open-call.ts'
import { connectLanguageModel, defaultModelRef, parseModelRef } from './providers.ts'
import { type OnSettled, recordLanguageModel } from './record-language-model.ts'
import { type RetryPolicy, retryLanguageModel } from './retry-model.ts'
import { createSandboxModel } from './sandbox-model.ts'
import { addUsage, noUsage } from './usage.ts'

export interface ModelContext {
  readonly config: LlmConfig
  readonly fetch: typeof fetch
  /** For providers at an address that an organization has named. */
  readonly fetchOf?: ReadonlyMap<string, typeof fetch>
  /** Providers whose last calls failed. */
  readonly failingProviders?: ReadonlySet<string>
  readonly recorder: RecorderContext
  readonly retry: RetryPolicy
}

/** A model that is recorded and retried: the only kind that leaves this room. */
export function openLanguageModel(context: ModelContext, ref?: string, onSettled?: OnSettled): LanguageModelV4 {
  const { provider, model } = parseModelRef(ref ?? defaultModelRef(context.config))
  const bare =
    provider === 'sandbox'
      ? createSandboxModel(model)
      : connectLanguageModel(context.config, { provider, model }, context.fetchOf?.get(provider) ?? context.fetch)
  // The recorder is the inner one, so that each attempt of the retries is a row of its own.
  return retryLanguageModel(
    recordLanguageModel(bare, context.recorder, { provider, onSettled }),
    context.retry,
    provider,
  )
}

/** Adds up what the calls of one answer cost, whichever models they asked, and knows which one answered last. */
export function createTally(ref: string) {
  let { provider, model: answered } = parseModelRef(ref)
  let usage: TokenUsage = noUsage
  let costMicros = 0
  return {
    /** Another model is asked from here on. */
    turnTo: (next: string): void => {
      ;({ provider, model: answered } = parseModelRef(next))
    },
    add: (end: LlmCallEnd): void => {
      usage = addUsage(usage, end.usage)
      costMicros += end.costMicros
      answered = end.answeredModel ?? answered
    },
    total: () => ({ model: `${provider}:${answered}`, usage, costMicros }),
  }
}
