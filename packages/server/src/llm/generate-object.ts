import type { LanguageModelV4CallOptions, LanguageModelV4GenerateResult } from '@ai-sdk/provider'
import type { z } from 'zod'
import { messageOf, NeonHubError } from '../base/errors.ts'
import { issuesOf } from '../base/parse.ts'
import { toStorableText } from '../base/storable-text.ts'
import { type AnswerSchema, toAnswerSchema } from './answer-schema.ts'
import { askInOrder } from './ask-in-order.ts'
import { askTwice, type Verdict } from './ask-twice.ts'
import { answerText, callOptions } from './generate-text.ts'
import { modelsInForce } from './models-in-force.ts'
import { defaultModelRef, parseModelRef } from './providers.ts'
import { createTally, type ModelContext, openLanguageModel } from './recorded-models.ts'
import type { GenerateOptions, GenerationResult } from './spec.ts'

/**
 * An object that fits `schema`, through the provider's own structured output. An answer that does not fit is sent back
 * once with its faults, as a second recorded call; the second misfit throws `llm.answer_unfit` with the issues. An
 * answer that `maxOutputTokens` cut short throws `llm.answer_truncated` at once: a repair would be cut at the same place.
 */
export async function generateObject<Schema extends z.ZodType>(
  installation: ModelContext,
  options: GenerateOptions & { readonly schema: Schema; readonly schemaName?: string },
): Promise<GenerationResult<z.output<Schema>>> {
  const context = await modelsInForce(installation)
  const ref = options.model ?? defaultModelRef(context.config)
  const tally = createTally(ref)
  const answerSchema = toAnswerSchema(options.schema)
  const refs = [ref, ...(options.fallbackModels ?? [])] as const
  const { value, finishReason } = await askInOrder(context, { refs, signal: options.signal }, (asked, next) => {
    tally.turnTo(next)
    const call = structuredCall(options, answerSchema, parseModelRef(next).provider)
    return askTwice(openLanguageModel(asked, next, tally.add), call, {
      read: (result) => readWhole(result, options),
      judge: (text) => judge(options.schema, text),
      asked: 'the schema',
    })
  })
  return { value, finishReason, ...tally.total() }
}

function structuredCall(
  options: GenerateOptions & { readonly schemaName?: string },
  { json, isStrict }: AnswerSchema,
  provider: string,
): LanguageModelV4CallOptions {
  const call = callOptions(options)
  // Servers that speak OpenAI's dialect do not all constrain the answer to the schema: there the model reads it too.
  const reminder = `Answer with JSON alone that fits this JSON schema:\n${JSON.stringify(json)}`
  const [system, ...turns] = call.prompt
  return {
    ...call,
    prompt:
      provider === 'compatible' && system?.role === 'system'
        ? [{ ...system, content: `${system.content}\n\n${reminder}` }, ...turns]
        : call.prompt,
    responseFormat: { type: 'json', schema: json, name: options.schemaName ?? 'answer' },
    providerOptions: { openai: { strictJsonSchema: isStrict }, compatible: { strictJsonSchema: isStrict } },
  }
}

function readWhole(result: LanguageModelV4GenerateResult, { maxOutputTokens }: GenerateOptions): string {
  const text = answerText(result)
  if (result.finishReason.unified !== 'length') return text
  const limit = maxOutputTokens === undefined ? 'the model’s own limit' : `${maxOutputTokens} tokens`
  throw new NeonHubError('llm.answer_truncated', `The answer was cut at ${limit} before its JSON was whole`, {
    kind: 'refused',
    hint: 'Raise maxOutputTokens or ask for less at once.',
  })
}

async function judge<Schema extends z.ZodType>(schema: Schema, text: string): Promise<Verdict<z.output<Schema>>> {
  const parsed = parseJson(text)
  if (!parsed.fits) return parsed
  const result = await schema.safeParseAsync(parsed.value)
  return result.success ? { fits: true, value: result.data } : { fits: false, issues: issuesOf(result.error) }
}

/** Some models fence their JSON although the format forbids it. */
function parseJson(text: string): Verdict<unknown> {
  const bare = /^\s*```(?:json)?\s*\n([\s\S]*?)\n\s*```\s*$/.exec(text)?.[1] ?? text
  try {
    return { fits: true, value: JSON.parse(bare, storable) }
  } catch (error) {
    return { fits: false, issues: [{ path: '(root)', message: `is no JSON: ${messageOf(error)}` }] }
  }
}

/** JSON's escapes can spell what no database takes. */
const storable = (_key: string, value: unknown) => (typeof value === 'string' ? toStorableText(value) : value)
