import type { LanguageModelV4CallOptions, LanguageModelV4GenerateResult } from '@ai-sdk/provider'
import type { z } from 'zod'
import { type ErrorIssue, messageOf, NeonHubError } from '../base/errors.ts'
import { issuesOf } from '../base/parse.ts'
import { toStorableText } from '../base/storable-text.ts'
import { type AnswerSchema, toAnswerSchema } from './answer-schema.ts'
import { answerText, callOptions } from './generate-text.ts'
import { defaultModelRef, parseModelRef } from './providers.ts'
import { createTally, type ModelContext, openLanguageModel } from './recorded-models.ts'
import type { GenerateOptions, GenerationResult } from './spec.ts'

type Verdict<Value> =
  | { readonly fits: true; readonly value: Value }
  | { readonly fits: false; readonly issues: readonly ErrorIssue[] }

/**
 * An object that fits `schema`, through the provider's own structured output. An answer that does not fit is sent back
 * once with its faults, as a second recorded call; the second misfit throws `llm.answer_unfit` with the issues. An
 * answer that `maxOutputTokens` cut short throws `llm.answer_truncated` at once: a repair would be cut at the same place.
 */
export async function generateObject<Schema extends z.ZodType>(
  context: ModelContext,
  options: GenerateOptions & { readonly schema: Schema; readonly schemaName?: string },
): Promise<GenerationResult<z.output<Schema>>> {
  const ref = options.model ?? defaultModelRef(context.config)
  const tally = createTally(ref)
  const model = openLanguageModel(context, ref, tally.add)
  const answerSchema = toAnswerSchema(options.schema)
  const call = structuredCall(options, answerSchema, parseModelRef(ref).provider)

  const first = await model.doGenerate(call)
  const firstText = readWhole(first, options)
  const verdict = await judge(options.schema, firstText)
  if (verdict.fits) return { value: verdict.value, finishReason: first.finishReason.unified, ...tally.total() }

  const second = await model.doGenerate({
    ...call,
    prompt: [...call.prompt, ...repairTurns(firstText, verdict.issues)],
  })
  const repaired = await judge(options.schema, readWhole(second, options))
  if (repaired.fits) return { value: repaired.value, finishReason: second.finishReason.unified, ...tally.total() }
  throw unfit(tally.total().model, repaired.issues)
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

const userTurn = (text: string): LanguageModelV4CallOptions['prompt'][number] => ({
  role: 'user',
  content: [{ type: 'text', text }],
})

function repairTurns(answer: string, issues: readonly ErrorIssue[]): LanguageModelV4CallOptions['prompt'] {
  const faults = issues.map(({ path, message }) => `- ${path}: ${message}`).join('\n')
  return [
    // Providers refuse an empty turn.
    { role: 'assistant', content: [{ type: 'text', text: answer.trim() === '' ? '(no answer)' : answer }] },
    userTurn(
      `That answer does not fit the schema:\n${faults}\n\nAnswer again with the whole JSON, and put these right.`,
    ),
  ]
}

function unfit(model: string, issues: readonly ErrorIssue[]): NeonHubError {
  const faults = issues.map(({ path, message }) => `${path}: ${message}`).join('; ')
  return new NeonHubError('llm.answer_unfit', `${model} answered twice what does not fit the schema: ${faults}`, {
    kind: 'refused',
    hint: 'Resume the run to ask again, or choose a stronger model.',
    issues,
  })
}
