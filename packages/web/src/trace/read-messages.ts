import { z } from 'zod'
import { parseJson } from '../api/api-error.ts'

/** A part of a prompt or an answer, as a person reads it. */
export interface Message {
  /** `system`, `user`, `assistant`, `tool`, or `text` where nobody is named. */
  readonly role: string
  readonly text: string
}

const Part = z.looseObject({ type: z.string(), text: z.string().optional() })

/** What the AI SDK sends: messages of a generation, or the texts of an embedding. */
const Request = z.looseObject({
  prompt: z.array(z.object({ role: z.string(), content: z.union([z.string(), z.array(Part)]) })).optional(),
  values: z.array(z.string()).optional(),
})

/** What a model answers: whole, or gathered from a stream. */
const Response = z.looseObject({
  content: z.array(Part).optional(),
  text: z.string().optional(),
})

/** The readable messages of a request, and the settings beside them. All of it is `rest` where its shape is not known. */
export function readRequest(request: unknown): { readonly messages: readonly Message[]; readonly rest: unknown } {
  const known = Request.safeParse(request).data
  if (!known) return { messages: [], rest: request }
  const { prompt = [], values = [], ...rest } = known
  return {
    messages: [
      ...prompt.map(({ role, content }) => ({ role, text: typeof content === 'string' ? content : textOf(content) })),
      ...values.map((text) => ({ role: 'text', text })),
    ],
    rest: withoutNothing(rest),
  }
}

/** The text of an answer, and what came with it. A text that is JSON is set out in lines. */
export function readResponse(response: unknown): { readonly text: string | undefined; readonly rest: unknown } {
  const known = Response.safeParse(response).data
  if (!known) return { text: undefined, rest: response }
  const { content = [], text = textOf(content), ...rest } = known
  return { text: text === '' ? undefined : setOut(text), rest: withoutNothing(rest) }
}

/** A part without a text, such as a call of a tool, stands as its JSON. */
const textOf = (parts: readonly z.output<typeof Part>[]): string =>
  parts.map((part) => part.text ?? JSON.stringify(part, null, 2)).join('\n\n')

function setOut(text: string): string {
  const value = parseJson(text)
  return typeof value === 'object' && value !== null ? JSON.stringify(value, null, 2) : text
}

/** Undefined where nothing is left, or only empty lists. */
function withoutNothing(rest: Readonly<Record<string, unknown>>): unknown {
  const entries = Object.entries(rest).filter(([, value]) => !(Array.isArray(value) && value.length === 0))
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}
