import type { LanguageModelV4, LanguageModelV4CallOptions, LanguageModelV4GenerateResult } from '@ai-sdk/provider'
import { type ErrorIssue, NeonHubError } from '../base/errors.ts'

/** What an answer is worth: its value, or the places where it does not do. */
export type Verdict<Value> =
  | { readonly fits: true; readonly value: Value }
  | { readonly fits: false; readonly issues: readonly ErrorIssue[] }

/**
 * Asks a model, and sends an answer that does not do back once with its faults, as a second call. Throws
 * `llm.answer_unfit` with the issues where the second does not do either.
 */
export async function askTwice<Value>(
  model: LanguageModelV4,
  call: LanguageModelV4CallOptions,
  {
    read,
    judge,
    asked,
  }: {
    readonly read: (result: LanguageModelV4GenerateResult) => string
    readonly judge: (text: string) => Promise<Verdict<Value>>
    /** What an answer has to fit: "the schema". */
    readonly asked: string
  },
): Promise<{ readonly value: Value; readonly finishReason: string }> {
  const first = await model.doGenerate(call)
  const firstText = read(first)
  const verdict = await judge(firstText)
  if (verdict.fits) return { value: verdict.value, finishReason: first.finishReason.unified }
  const prompt = [...call.prompt, ...repairTurns(firstText, verdict.issues, asked)]
  const second = await model.doGenerate({ ...call, prompt })
  const repaired = await judge(read(second))
  if (repaired.fits) return { value: repaired.value, finishReason: second.finishReason.unified }
  throw unfit(model, repaired.issues, asked)
}

const turn = (role: 'user' | 'assistant', text: string): LanguageModelV4CallOptions['prompt'][number] => ({
  role,
  content: [{ type: 'text', text }],
})

function repairTurns(
  answer: string,
  issues: readonly ErrorIssue[],
  asked: string,
): LanguageModelV4CallOptions['prompt'] {
  const faults = issues.map(({ path, message }) => `- ${path}: ${message}`).join('\n')
  return [
    // Providers refuse an empty turn.
    turn('assistant', answer.trim() === '' ? '(no answer)' : answer),
    turn('user', `That answer does not fit ${asked}:\n${faults}\n\nAnswer again in whole, and put these right.`),
  ]
}

function unfit({ provider, modelId }: LanguageModelV4, issues: readonly ErrorIssue[], asked: string): NeonHubError {
  const faults = issues.map(({ path, message }) => `${path}: ${message}`).join('; ')
  return new NeonHubError(
    'llm.answer_unfit',
    `${provider}:${modelId} answered twice what does not fit ${asked}: ${faults}`,
    { kind: 'refused', hint: 'Resume the run to ask again, or choose a stronger model.', issues },
  )
}
