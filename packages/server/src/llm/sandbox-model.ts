import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4Content,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
} from '@ai-sdk/provider'
import { NeonHubError } from '../base/errors.ts'
import { hashJson } from '../base/json.ts'
import { composeText } from './sandbox/compose-text.ts'
import { fillSchema } from './sandbox/fill-schema.ts'
import { gatherMaterial } from './sandbox/material.ts'
import { readPrompt } from './sandbox/read-prompt.ts'
import { cutAtTokens, estimateTokens } from './sandbox/tokens.ts'

const modelName = 'composer'

/**
 * A language model with no network and no weights: it puts its answers together from the sentences of the prompt's own
 * sources, in the voice that the prompt names, and fills any JSON schema that it is asked for. The same prompt always
 * gives the same answer. It lets a newcomer see every screen at work, and tests run without a key.
 * Tokens are estimated at four characters each. Throws `llm.model_unknown` for another name than `composer`.
 */
export function createSandboxModel(name: string): LanguageModelV4 {
  if (name !== modelName) {
    throw new NeonHubError('llm.model_unknown', `The sandbox has no model called “${name}”`, {
      kind: 'invalid',
      hint: `Use sandbox:${modelName}.`,
    })
  }
  return {
    specificationVersion: 'v4',
    provider: 'sandbox',
    modelId: modelName,
    supportedUrls: {},
    doGenerate: async (options) => answer(options),
    doStream: async (options) => ({ stream: streamOf(answer(options)) }),
  }
}

function answer(options: LanguageModelV4CallOptions): LanguageModelV4GenerateResult {
  options.abortSignal?.throwIfAborted()
  const { text, ...call } = compose(options)
  const limit = options.maxOutputTokens ?? Number.POSITIVE_INFINITY
  const isCut = text !== undefined && estimateTokens(text) > limit
  const content: LanguageModelV4Content[] =
    text === undefined ? call.toolCalls : [{ type: 'text', text: isCut ? cutAtTokens(text, limit) : text }]
  const unified = isCut ? 'length' : text === undefined ? 'tool-calls' : 'stop'
  const input = estimateTokens(JSON.stringify(options.prompt))
  const output = content.reduce(
    (sum, part) => sum + estimateTokens(part.type === 'text' ? part.text : JSON.stringify(part)),
    0,
  )
  return {
    content,
    finishReason: { unified, raw: unified },
    usage: {
      inputTokens: { total: input, noCache: input, cacheRead: 0, cacheWrite: 0 },
      outputTokens: { total: output, text: output, reasoning: 0 },
    },
    response: { modelId: modelName },
    warnings: [],
  }
}

function compose(options: LanguageModelV4CallOptions): { text?: string; toolCalls: LanguageModelV4Content[] } {
  const seed = hashJson(options.prompt)
  const prompt = readPrompt(options.prompt)
  const gather = () => gatherMaterial(prompt)
  const tool = chosenTool(options)
  if (tool) {
    const input = JSON.stringify(fillSchema({ schema: tool.inputSchema, seed, gather, name: tool.name }))
    return { toolCalls: [{ type: 'tool-call', toolCallId: `call_${seed.slice(0, 24)}`, toolName: tool.name, input }] }
  }
  if (options.responseFormat?.type === 'json') {
    const { schema = { type: 'object' }, name = 'answer' } = options.responseFormat
    return { text: JSON.stringify(fillSchema({ schema, seed, gather, name })), toolCalls: [] }
  }
  return { text: composeText(gather()), toolCalls: [] }
}

/** The tool that must be called. Where the choice is the model's own, it answers in text: it cannot judge a tool. */
function chosenTool({ tools, toolChoice }: LanguageModelV4CallOptions) {
  const functions = (tools ?? []).filter((tool) => tool.type === 'function')
  if (toolChoice?.type === 'required') return functions[0]
  return toolChoice?.type === 'tool' ? functions.find(({ name }) => name === toolChoice.toolName) : undefined
}

function streamOf({
  content,
  usage,
  finishReason,
  warnings,
}: LanguageModelV4GenerateResult): ReadableStream<LanguageModelV4StreamPart> {
  const parts = content.flatMap((part): LanguageModelV4StreamPart[] => {
    if (part.type !== 'text') return part.type === 'tool-call' ? [part] : []
    const words = part.text.match(/\S+\s*|\s+/g) ?? []
    return [
      { type: 'text-start', id: '0' },
      ...words.map((delta): LanguageModelV4StreamPart => ({ type: 'text-delta', id: '0', delta })),
      { type: 'text-end', id: '0' },
    ]
  })
  return ReadableStream.from<LanguageModelV4StreamPart>([
    { type: 'stream-start', warnings },
    { type: 'response-metadata', modelId: modelName },
    ...parts,
    { type: 'finish', usage, finishReason },
  ])
}
