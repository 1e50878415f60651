import type { LanguageModelV4Prompt } from '@ai-sdk/provider'
import { unescapeText } from '../prompt.ts'
import type { PromptSource, PromptVoice } from '../spec.ts'

/** The parts of a prompt as the sandbox model reads them back out of the rendered text. */
export interface ReadPrompt {
  readonly task: string
  readonly voice: PromptVoice | undefined
  readonly facts: Readonly<Record<string, unknown>>
  readonly sources: readonly PromptSource[]
}

/**
 * Reads the tags that `prompt.ts` writes. A prompt without them (a bare chat) is a task and nothing else. Since text
 * inside a tag is escaped, whatever stands between two tags is data, and no passage can open a tag of its own.
 */
export function readPrompt(messages: LanguageModelV4Prompt): ReadPrompt {
  const turns = messages.flatMap((message) =>
    message.role === 'user' ? [message.content.map((part) => (part.type === 'text' ? part.text : '')).join('\n')] : [],
  )
  const text = turns.find((turn) => turn.includes('<task>')) ?? turns.at(-1) ?? ''
  const task = inside(text, 'task')
  return {
    task: (task ?? text).trim(),
    voice: readVoice(text),
    facts: readFacts(inside(text, 'facts') ?? ''),
    sources: elements(inside(text, 'sources') ?? '', 'source').map(({ attributes, body }) => ({
      id: attributes['id'] ?? '',
      title: attributes['title'] ?? '',
      text: body.trim(),
      untrusted: attributes['untrusted'] === 'true',
    })),
  }
}

function readVoice(text: string): PromptVoice | undefined {
  const [voice] = elements(text, 'voice')
  if (!voice) return undefined
  const list = (tag: string) => elements(voice.rawBody, tag).map(({ body }) => body.trim())
  return {
    name: voice.attributes['name'] ?? '',
    summary: list('summary')[0] ?? '',
    rules: list('rule'),
    avoid: list('avoid').filter((phrase) => phrase !== ''),
    examples: list('example'),
  }
}

function readFacts(text: string): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    elements(text, 'fact').map(({ attributes, rawBody }) => [attributes['name'] ?? '', parseFact(rawBody)]),
  )
}

/** A prompt that another renderer wrote may hold facts that are no JSON: they are text then. */
function parseFact(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return unescapeText(text)
  }
}

interface Element {
  readonly attributes: Readonly<Record<string, string>>
  readonly body: string
  /** Still escaped: what an inner tag is looked for in. */
  readonly rawBody: string
}

function inside(text: string, tag: string): string | undefined {
  const body = elements(text, tag)[0]
  return tag === 'task' ? body?.body : body?.rawBody
}

function elements(text: string, tag: string): readonly Element[] {
  const pattern = new RegExp(String.raw`<${tag}((?:\s+[\w-]+="[^"]*")*)>([\s\S]*?)</${tag}>`, 'g')
  return [...text.matchAll(pattern)].map(([, attributes = '', rawBody = '']) => ({
    attributes: Object.fromEntries(
      [...attributes.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, unescapeText(value)]),
    ),
    body: unescapeText(rawBody),
    rawBody,
  }))
}
