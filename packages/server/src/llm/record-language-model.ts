import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4Content,
  LanguageModelV4StreamPart,
} from '@ai-sdk/provider'
import { wrapLanguageModel } from 'ai'
import type { LlmCallEnd } from '../base/call-journal.ts'
import { NeonHubError } from '../base/errors.ts'
import { type OpenCall, openCall, type RecorderContext } from './open-call.ts'
import { disjointUsage } from './usage.ts'

/** Told of every call that has ended, failed attempts too, so that a caller can add up what its work cost. */
export type OnSettled = (end: LlmCallEnd) => void

/**
 * A model whose every call is written to the call journal before it leaves and settled when it returns, fails, is cut
 * or is cancelled. `provider` is the name in model references, which may be shorter than the client's own.
 */
export function recordLanguageModel(
  model: LanguageModelV4,
  context: RecorderContext,
  { provider, onSettled }: { provider: string; onSettled?: OnSettled | undefined },
): LanguageModelV4 {
  const open = async (operation: 'generate' | 'stream', params: LanguageModelV4CallOptions): Promise<OpenCall> => {
    const call = await openCall(context, {
      operation,
      provider,
      requestedModel: model.modelId,
      request: describeRequest(params),
    })
    return {
      ...call,
      settle: async (outcome) => {
        const end = await call.settle(outcome)
        onSettled?.(end)
        return end
      },
    }
  }
  return wrapLanguageModel({
    model,
    middleware: {
      specificationVersion: 'v4',
      wrapGenerate: async ({ doGenerate, params }) => {
        const call = await open('generate', params)
        const result = await settleOnFailure(call, params, doGenerate)
        await call.settle({
          answeredModel: result.response?.modelId,
          usage: disjointUsage(result.usage),
          finishReason: result.finishReason.unified,
          response: { content: describeContent(result.content) },
        })
        return result
      },
      wrapStream: async ({ doStream, params }) => {
        const call = await open('stream', params)
        const result = await settleOnFailure(call, params, doStream)
        return { ...result, stream: recordStream(result.stream, call, params.abortSignal) }
      },
    },
  })
}

async function settleOnFailure<Result>(
  call: OpenCall,
  params: LanguageModelV4CallOptions,
  work: () => PromiseLike<Result>,
): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    await call.settle(endOf(error, params.abortSignal))
    throw error
  }
}

/** A call that was cut by its own deadline was not cancelled: the signal's reason says which. */
function endOf(
  error: unknown,
  signal: AbortSignal | undefined,
): { readonly error: unknown; readonly cancelled: boolean } {
  const reason: unknown = signal?.reason
  if (reason instanceof NeonHubError && reason.code === 'llm.timeout') return { error: reason, cancelled: false }
  return { error, cancelled: signal?.aborted ?? false }
}

/**
 * Passes a stream on and settles its call at the end, whichever comes: the finish part, an error part, a cut, or a
 * reader that walks away. A stream that ends with no finish part, or whose finish says `interrupted`, was cut.
 */
function recordStream(
  stream: ReadableStream<LanguageModelV4StreamPart>,
  call: OpenCall,
  signal: AbortSignal | undefined,
): ReadableStream<LanguageModelV4StreamPart> {
  const reader = stream.getReader()
  const seen = { text: '', toolCalls: new Array<unknown>() }
  let answeredModel: string | undefined
  let timeToFirstTokenMs: number | undefined
  let finish: Extract<LanguageModelV4StreamPart, { type: 'finish' }> | undefined
  let failure: unknown

  const observe = (part: LanguageModelV4StreamPart): void => {
    const isToken = part.type === 'text-delta' || part.type === 'reasoning-delta' || part.type === 'tool-input-delta'
    if (isToken) timeToFirstTokenMs ??= call.elapsedMs()
    if (part.type === 'text-delta') seen.text += part.delta
    if (part.type === 'tool-call') seen.toolCalls.push({ toolName: part.toolName, input: part.input })
    if (part.type === 'response-metadata') answeredModel = part.modelId ?? answeredModel
    if (part.type === 'finish') finish = part
    if (part.type === 'error') failure = part.error
  }
  const settle = (error: unknown, cancelled = false) =>
    call.settle({
      answeredModel,
      timeToFirstTokenMs,
      usage: finish && !error ? disjointUsage(finish.usage) : undefined,
      finishReason: finish?.finishReason.unified,
      response: seen,
      error,
      cancelled: cancelled || (signal?.aborted ?? false),
    })

  return new ReadableStream<LanguageModelV4StreamPart>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read()
        if (!done) {
          observe(value)
          controller.enqueue(value)
          return
        }
        await settle(failure ?? (isWhole(finish) ? undefined : cutStream()))
        controller.close()
      } catch (error) {
        await settle(error)
        controller.error(signal?.aborted ? signal.reason : call.toFailure(error))
      }
    },
    async cancel(reason) {
      await settle(reason ?? cutStream(), true)
      await reader.cancel(reason)
    },
  })
}

function isWhole(finish: Extract<LanguageModelV4StreamPart, { type: 'finish' }> | undefined): boolean {
  return finish !== undefined && finish.finishReason.unified !== 'interrupted'
}

/** The provider closed the connection before it said that it was done. */
export function cutStream(): NeonHubError {
  return new NeonHubError('llm.stream_cut', 'The provider ended the stream before the answer was whole', {
    kind: 'unavailable',
    hint: 'Resume the run: the call is made again.',
    retryable: true,
  })
}

/** What a person should be able to read of a request: everything that shapes the answer, and no headers. */
function describeRequest(params: LanguageModelV4CallOptions): unknown {
  const { abortSignal: _signal, headers: _headers, includeRawChunks: _raw, ...told } = params
  return told
}

function describeContent(content: readonly LanguageModelV4Content[]): readonly unknown[] {
  return content.map((part) => {
    if (part.type === 'text' || part.type === 'reasoning') return { type: part.type, text: part.text }
    if (part.type === 'tool-call') return { type: part.type, toolName: part.toolName, input: part.input }
    return { type: part.type }
  })
}
