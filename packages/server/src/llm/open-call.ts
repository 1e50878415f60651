import { type LlmCallEnd, type LlmCallStart, requireCallJournal, type TokenUsage } from '../base/call-journal.ts'
import type { Clock } from '../base/clock.ts'
import { messageOf, NeonHubError, recordError } from '../base/errors.ts'
import { hashJson } from '../base/json.ts'
import type { Metrics } from '../base/metrics.ts'
import type { PriceRow } from '../base/organization-models.ts'
import { boundCost, priceCall } from './prices.ts'
import { toLlmError } from './provider-errors.ts'
import { noUsage } from './usage.ts'

export interface RecorderContext {
  readonly clock: Clock
  readonly metrics: Metrics | undefined
  readonly secrets: readonly string[]
  /** What the organization of the call has agreed with providers, and its own accounts by their provider. */
  readonly ownPrices?: readonly PriceRow[]
  readonly ownEndpoints?: ReadonlyMap<string, string>
  /** Set while a model stands in for another. */
  readonly fallback?: LlmCallStart['fallback']
}

/** What is known of a call when it has ended. */
export interface CallOutcome {
  readonly answeredModel?: string | undefined
  readonly usage?: TokenUsage | undefined
  readonly timeToFirstTokenMs?: number | undefined
  readonly finishReason?: string | undefined
  readonly response?: unknown
  readonly error?: unknown
  /** Whether `error` is the caller's own cancellation rather than a fault. */
  readonly cancelled?: boolean
}

/** A call that stands in the journal and has not ended. */
export interface OpenCall {
  readonly elapsedMs: () => number
  /** The error that passes the door, from whatever the client threw. */
  readonly toFailure: (error: unknown) => NeonHubError
  /** Writes the end once; a second settling does nothing, since a stream can end in more than one way. */
  readonly settle: (outcome: CallOutcome) => Promise<LlmCallEnd>
}

/**
 * Writes a call to the journal in force and resolves once its row is durable: only then may the call leave.
 * Throws where no journal is in force and where the journal forbids the call.
 */
export async function openCall(
  context: RecorderContext,
  {
    operation,
    provider,
    requestedModel,
    request,
  }: Omit<LlmCallStart, 'promptHash' | 'endpointId' | 'atMost' | 'fallback'>,
): Promise<OpenCall> {
  const journal = requireCallJournal()
  const promptHash = hashJson(request)
  const endpointId = context.ownEndpoints?.get(provider)
  const call = { operation, provider, model: requestedModel, request, at: context.clock.now() }
  const atMost = boundCost(call, context.ownPrices)
  const id = await keep(() =>
    journal.beginLlmCall({
      operation,
      provider,
      requestedModel,
      endpointId,
      fallback: context.fallback,
      promptHash,
      request,
      atMost,
    }),
  )
  const startedAt = context.clock.now()
  const elapsedMs = () => context.clock.now().getTime() - startedAt.getTime()
  let settled: Promise<LlmCallEnd> | undefined

  const write = async (outcome: CallOutcome): Promise<LlmCallEnd> => {
    const end = describeEnd(context, { provider, requestedModel, startedAt, durationMs: elapsedMs() }, outcome)
    count(context.metrics, { provider, model: requestedModel, operation }, end)
    await keep(() => journal.endLlmCall(id, end))
    return end
  }
  return {
    elapsedMs,
    toFailure: (error) => failureOf(context, { provider, requestedModel }, { error }),
    settle: (outcome) => (settled ??= write(outcome)),
  }
}

/**
 * A fault of the journal is its own, also where it looks like a broken connection (a database error has a code too):
 * taken for the provider's, it would have an answered call made and paid again.
 */
async function keep<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof NeonHubError) throw error
    throw new NeonHubError('llm.not_recorded', `The call could not be written to the journal: ${messageOf(error)}`, {
      kind: 'unavailable',
      hint: 'Check the database, then resume the run.',
      retryable: true,
      cause: error,
    })
  }
}

function describeEnd(
  context: RecorderContext,
  call: { provider: string; requestedModel: string; startedAt: Date; durationMs: number },
  outcome: CallOutcome,
): LlmCallEnd {
  const { provider, requestedModel, startedAt, durationMs } = call
  const model = outcome.answeredModel ?? requestedModel
  // What a failed call cost is not known: the provider may have worked before the connection broke.
  const cost = outcome.usage
    ? priceCall({ provider, model, usage: outcome.usage, at: startedAt }, context.ownPrices)
    : priceCall({ provider, model: '', usage: noUsage, at: startedAt })
  const { answeredModel, timeToFirstTokenMs, finishReason, response } = outcome
  return {
    usage: outcome.usage ?? noUsage,
    ...cost,
    durationMs,
    ...(answeredModel === undefined ? {} : { answeredModel }),
    ...(timeToFirstTokenMs === undefined ? {} : { timeToFirstTokenMs }),
    ...(finishReason === undefined ? {} : { finishReason }),
    ...(response === undefined ? {} : { response }),
    ...(outcome.error === undefined ? {} : { error: recordError(failureOf(context, call, outcome)) }),
  }
}

function failureOf(
  context: RecorderContext,
  { provider, requestedModel }: { provider: string; requestedModel: string },
  { error, cancelled }: CallOutcome,
): NeonHubError {
  if (cancelled) return new NeonHubError('llm.cancelled', 'The caller cancelled the call', { kind: 'unavailable' })
  return toLlmError(error, { provider, model: requestedModel, now: context.clock.now(), secrets: context.secrets })
}

function count(
  metrics: Metrics | undefined,
  labels: { provider: string; model: string; operation: string },
  end: LlmCallEnd,
): void {
  if (!metrics) return
  const { provider, model } = labels
  metrics.llmCalls.inc({ ...labels, outcome: end.error ? end.error.code : 'succeeded' })
  metrics.llmCostMicros.inc({ provider, model, currency: end.currency }, end.costMicros)
  const classes = [
    ['input', end.usage.inputTokens],
    ['cache_read', end.usage.cacheReadTokens],
    ['cache_write', end.usage.cacheWriteTokens],
    ['output', end.usage.outputTokens],
    ['reasoning', end.usage.reasoningTokens],
  ] as const
  for (const [name, tokens] of classes) metrics.llmTokens.inc({ provider, model, class: name }, tokens)
}
