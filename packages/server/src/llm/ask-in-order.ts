import { requireCallJournal } from '../base/call-journal.ts'
import { NeonHubError } from '../base/errors.ts'
import { parseModelRef } from './providers.ts'
import type { ModelContext } from './recorded-models.ts'

/**
 * Failures that say nothing about the request: another provider might well answer. What was refused for its content or
 * its form, did not fit, was held by a budget or was cancelled would end no better elsewhere.
 */
const isOfProvider = new Set([
  'llm.unavailable',
  'llm.rate_limited',
  'llm.timeout',
  'llm.stream_cut',
  'llm.key_refused',
  'llm.payment_required',
  'llm.model_not_found',
  'llm.answer_unreadable',
  'llm.provider_not_configured',
  'base.host_unknown',
])

/** Nothing to hold against a provider: the call never left for it, or it has other models that may well answer. */
const isNoFault = new Set(['llm.provider_not_configured', 'llm.model_not_found'])

/** Failures of the request by which a provider shows that it works. */
const isAnswer = new Set(['llm.refused', 'llm.answer_unfit', 'llm.answer_truncated', 'llm.answer_withheld'])

/** Nobody waits for a provider that names a longer time while another model stands by. */
const longestWaitMs = 5_000

interface Asked {
  /** The model that should answer, and those that stand in for it, in order. */
  readonly refs: readonly [string, ...string[]]
  readonly signal: AbortSignal | undefined
}

/**
 * Asks a model, and the next one where it fails for a reason that another provider would not share; `ask` is handed a
 * context that records its calls as a fallback's. A provider whose breaker is open is passed over while another is left
 * to ask: the last is always asked, so that no breaker fails a call that might have been answered. Throws the failure of
 * the only model, or `llm.no_model_answered` where there were more.
 */
export async function askInOrder<Answer>(
  context: ModelContext,
  { refs, signal }: Asked,
  ask: (context: ModelContext, ref: string) => Promise<Answer>,
): Promise<Answer> {
  const { breakers } = requireCallJournal()
  const order = [...new Set(refs)]
  const failures: NeonHubError[] = []
  let reason: string | undefined
  for (const [index, ref] of order.entries()) {
    const { provider } = parseModelRef(ref)
    const isFailing = context.failingProviders?.has(provider) ?? false
    const isLast = index === order.length - 1
    if (isFailing && !isLast && (await breakers?.pass(provider, context.retry.timeoutMs)) === false) {
      failures.push(paused(ref))
      reason = 'llm.circuit_open'
      continue
    }
    const asked = reason === undefined ? context : asFallback(context, { of: refs[0], reason })
    try {
      const answer = await ask(isLast ? asked : { ...asked, retry: { ...asked.retry, longestWaitMs } }, ref)
      if (isFailing) await breakers?.close(provider)
      return answer
    } catch (error) {
      if (signal?.aborted || !(error instanceof NeonHubError)) throw error
      if (isFailing && isAnswer.has(error.code)) await breakers?.close(provider)
      if (!isOfProvider.has(error.code)) throw error
      if (!isNoFault.has(error.code)) await breakers?.noteFault(provider, error)
      failures.push(error)
      reason = error.code
    }
  }
  throw order.length === 1 && failures[0] !== undefined ? failures[0] : noneAnswered(failures)
}

const paused = (ref: string) =>
  new NeonHubError('llm.circuit_open', `${ref} is passed over for a while, as the last calls of its provider failed`, {
    kind: 'unavailable',
    retryable: true,
  })

const asFallback = (
  context: ModelContext,
  fallback: { readonly of: string; readonly reason: string },
): ModelContext => ({ ...context, recorder: { ...context.recorder, fallback } })

function noneAnswered(failures: readonly NeonHubError[]): NeonHubError {
  const waits = failures.flatMap(({ retryAfterMs }) => retryAfterMs ?? [])
  return new NeonHubError(
    'llm.no_model_answered',
    `No model answered: ${failures.map(({ message }) => message).join('; ')}`,
    {
      kind: 'unavailable',
      hint: 'Resume the run later, or name another fallback model: neonhub models fallback PROVIDER:MODEL',
      retryable: failures.some(({ retryable }) => retryable),
      ...(waits.length === 0 ? {} : { retryAfterMs: Math.min(...waits) }),
      cause: failures.at(-1),
    },
  )
}
