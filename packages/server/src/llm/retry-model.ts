import type { EmbeddingModelV4, LanguageModelV4 } from '@ai-sdk/provider'
import { wrapEmbeddingModel, wrapLanguageModel } from 'ai'
import type { Clock } from '../base/clock.ts'
import { NeonHubError } from '../base/errors.ts'
import { toLlmError } from './provider-errors.ts'
import type { ModelRef } from './providers.ts'

export interface RetryPolicy {
  readonly clock: Clock
  readonly secrets: readonly string[]
  /** Uniform in [0, 1): spreads the waits of many callers. */
  readonly random: () => number
  /** How long one call may take before it is given up. */
  readonly timeoutMs: number
  /** The longest time that a provider may ask for before it is tried again; a minute where absent. */
  readonly longestWaitMs?: number
}

/** The error that passes the door, from whatever a model threw. */
export function failureFrom(policy: RetryPolicy, error: unknown, { provider, model }: ModelRef): NeonHubError {
  return toLlmError(error, { provider, model, now: policy.clock.now(), secrets: policy.secrets })
}

const attempts = 3
const firstWaitMs = 500
/** A provider that asks for more than this is not waited for here: the error says when, and the run comes back. */
const defaultLongestWaitMs = 60_000

/**
 * Calls `attempt` up to three times while it fails with what may pass. Waits for what `Retry-After` says, else for an
 * exponential time with full jitter (AWS Architecture Blog, "Exponential Backoff and Jitter"). A cancelled call ends at
 * once with the signal's own reason.
 */
async function withRetries<Result>(
  policy: RetryPolicy,
  { provider, model, signal }: { provider: string; model: string; signal: AbortSignal | undefined },
  attempt: () => PromiseLike<Result>,
): Promise<Result> {
  const { longestWaitMs = defaultLongestWaitMs } = policy
  for (let number = 1; ; number += 1) {
    try {
      return await attempt()
    } catch (error) {
      signal?.throwIfAborted()
      // Not from the provider: the journal could not or would not write the call.
      if (error instanceof NeonHubError) throw error
      const failure = failureFrom(policy, error, { provider, model })
      const waitMs = failure.retryAfterMs ?? policy.random() * firstWaitMs * 2 ** number
      if (!failure.retryable || number === attempts || waitMs > longestWaitMs) throw failure
      await policy.clock.sleep(waitMs, signal)
    }
  }
}

/**
 * Runs one call with a deadline of its own. Throws `llm.timeout`, which is not tried again here: three times as long is
 * no help to whoever waits.
 */
async function withDeadline<Result>(
  { timeoutMs }: RetryPolicy,
  { provider, model, signal }: { provider: string; model: string; signal: AbortSignal | undefined },
  attempt: (signal: AbortSignal) => PromiseLike<Result>,
): Promise<Result> {
  // The reason tells whoever records the call that nobody cancelled it.
  const late = new NeonHubError('llm.timeout', `${provider}:${model} did not answer within ${timeoutMs / 1_000} s`, {
    kind: 'unavailable',
    hint: 'Resume the run to ask again; a slow model may need a larger NEONHUB_MODEL_TIMEOUT_SECONDS.',
    retryable: true,
  })
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(late), timeoutMs).unref()
  try {
    return await attempt(signal ? AbortSignal.any([signal, deadline.signal]) : deadline.signal)
  } catch (error) {
    throw deadline.signal.aborted && !signal?.aborted ? late : error
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Repeats failed calls of a recorded model, so that each attempt is a row of its own in the journal. A stream is
 * repeated only until it begins: after that, text has reached the caller.
 */
export function retryLanguageModel(model: LanguageModelV4, policy: RetryPolicy, provider: string): LanguageModelV4 {
  const call = (signal: AbortSignal | undefined) => ({ provider, model: model.modelId, signal })
  return wrapLanguageModel({
    model,
    middleware: {
      specificationVersion: 'v4',
      wrapGenerate: ({ model: inner, params }) => {
        const one = call(params.abortSignal)
        return withRetries(policy, one, () =>
          withDeadline(policy, one, (abortSignal) => inner.doGenerate({ ...params, abortSignal })),
        )
      },
      wrapStream: ({ doStream, params }) => withRetries(policy, call(params.abortSignal), doStream),
    },
  })
}

/** The same for vectors. */
export function retryEmbeddingModel(model: EmbeddingModelV4, policy: RetryPolicy, provider: string): EmbeddingModelV4 {
  return wrapEmbeddingModel({
    model,
    middleware: {
      specificationVersion: 'v4',
      wrapEmbed: ({ model: inner, params }) => {
        const one = { provider, model: model.modelId, signal: params.abortSignal }
        return withRetries(policy, one, () =>
          withDeadline(policy, one, (abortSignal) => inner.doEmbed({ ...params, abortSignal })),
        )
      },
    },
  })
}
