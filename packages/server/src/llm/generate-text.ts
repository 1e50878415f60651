import type { LanguageModelV4CallOptions, LanguageModelV4GenerateResult } from '@ai-sdk/provider'
import { NeonHubError } from '../base/errors.ts'
import { toStorableText } from '../base/storable-text.ts'
import { askInOrder } from './ask-in-order.ts'
import { askTwice, type Verdict } from './ask-twice.ts'
import { modelsInForce } from './models-in-force.ts'
import { renderPrompt } from './prompt.ts'
import { defaultModelRef, parseModelRef } from './providers.ts'
import { cutStream } from './record-language-model.ts'
import { createTally, type ModelContext, openLanguageModel } from './recorded-models.ts'
import { failureFrom } from './retry-model.ts'
import type { FindsFaults, GenerateOptions, GenerationResult, TextStream } from './spec.ts'

/** What a provider is sent: the rendered prompt and the settings that are set. */
export function callOptions(options: GenerateOptions): LanguageModelV4CallOptions {
  const { system, prompt } = renderPrompt(options.prompt)
  return {
    prompt: [
      { role: 'system', content: system },
      { role: 'user', content: [{ type: 'text', text: prompt }] },
    ],
    ...(options.maxOutputTokens === undefined ? {} : { maxOutputTokens: options.maxOutputTokens }),
    ...(options.temperature === undefined ? {} : { temperature: options.temperature }),
    ...(options.signal === undefined ? {} : { abortSignal: options.signal }),
  }
}

/**
 * The text that a provider meant as the answer. Throws `llm.answer_withheld` where the provider's filter stopped it and
 * `llm.stream_cut` where the connection broke.
 */
export function answerText({ content, finishReason, structuredOutputText }: LanguageModelV4GenerateResult): string {
  refuseUnfinished(finishReason.unified)
  // A resumed run reads the answer from the journal: what the journal cannot hold, the first attempt must not see.
  return toStorableText(structuredOutputText ?? content.map((part) => (part.type === 'text' ? part.text : '')).join(''))
}

function refuseUnfinished(finishReason: string): void {
  if (finishReason === 'content-filter') {
    throw new NeonHubError('llm.answer_withheld', 'The provider’s content filter withheld the answer', {
      kind: 'refused',
      hint: 'Change the task or the sources, or choose another model.',
    })
  }
  if (finishReason === 'interrupted') throw cutStream()
}

/**
 * One text. `finishReason` is `length` where `maxOutputTokens` cut it short. A blank one, and one in which `findFaults`
 * finds some, is sent back once with its faults; the second throws `llm.answer_unfit`.
 */
export async function generateText(
  installation: ModelContext,
  options: GenerateOptions & FindsFaults,
): Promise<GenerationResult<string>> {
  const context = await modelsInForce(installation)
  const ref = options.model ?? defaultModelRef(context.config)
  const tally = createTally(ref)
  const refs = [ref, ...(options.fallbackModels ?? [])] as const
  const { value, finishReason } = await askInOrder(context, { refs, signal: options.signal }, (asked, next) => {
    tally.turnTo(next)
    return askTwice(openLanguageModel(asked, next, tally.add), callOptions(options), {
      read: answerText,
      judge: async (text) => judgeText(text, options),
      asked: 'the task',
    })
  })
  return { value, finishReason, ...tally.total() }
}

function judgeText(text: string, { findFaults = () => [] }: FindsFaults): Verdict<string> {
  const faults = text.trim() === '' ? ['is blank'] : findFaults(text)
  if (faults.length === 0) return { fits: true, value: text }
  return { fits: false, issues: faults.map((message) => ({ path: '(text)', message })) }
}

/** The same, told piece by piece. The call leaves when the first piece is asked for. */
export function streamText(installation: ModelContext, options: GenerateOptions): TextStream {
  const { promise, resolve, reject } = Promise.withResolvers<GenerationResult<string>>()
  // A caller may read the text alone: the fault reaches it there, and the promise must not end the process.
  promise.catch(() => undefined)

  async function* read(): AsyncGenerator<string> {
    let value = ''
    let finishReason: string | undefined
    let context = installation
    let ref = options.model ?? ''
    try {
      context = await modelsInForce(installation)
      ref ||= defaultModelRef(context.config)
      const tally = createTally(ref)
      const { stream } = await openLanguageModel(context, ref, tally.add).doStream(callOptions(options))
      for await (const part of stream) {
        if (part.type === 'error') throw failureFrom(context.retry, part.error, parseModelRef(ref))
        if (part.type === 'finish') finishReason = part.finishReason.unified
        if (part.type !== 'text-delta') continue
        value += part.delta
        yield part.delta
      }
      refuseUnfinished(finishReason ?? 'interrupted')
      resolve({ value, finishReason: finishReason ?? 'stop', ...tally.total() })
    } catch (error) {
      const isKnown = options.signal?.aborted === true || ref === ''
      const failure = isKnown ? error : failureFrom(context.retry, error, parseModelRef(ref))
      reject(failure)
      throw failure
    } finally {
      reject(cutStream())
    }
  }
  return { text: read(), result: promise }
}
