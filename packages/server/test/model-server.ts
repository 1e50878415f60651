import type { LanguageModelV4CallOptions } from '@ai-sdk/provider'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { z } from 'zod'
import { createSandboxModel } from '../src/llm/sandbox-model.ts'

const Request = z.looseObject({
  model: z.string(),
  messages: z.array(z.object({ role: z.enum(['system', 'user', 'assistant']), content: z.string() })),
  response_format: z
    .looseObject({ json_schema: z.looseObject({ name: z.string(), schema: z.unknown() }).optional() })
    .optional(),
})

/** How a server of models behaves, call after call; a number is the status of its refusal. */
export type Behaviour = 'answers' | 'nonsense' | 'hangs' | number

/**
 * A server that speaks OpenAI's chat completions (https://platform.openai.com/docs/api-reference/chat), with answers of
 * the composer. `behave` decides on each call by its number, from 1 on, and by the model that is asked.
 */
export async function startModelServer(behave: (call: number, model: string) => Behaviour) {
  let calls = 0
  const server = createServer((request, response) => {
    calls += 1
    const call = calls
    void answer(request, response, (model) => behave(call, model))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return {
    url: `http://127.0.0.1:${port}/v1`,
    calls: () => calls,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  behave: (model: string) => Behaviour,
): Promise<void> {
  const { model, messages, response_format: format } = Request.parse(await readJson(request))
  const behaviour = behave(model)
  if (behaviour === 'hangs') return
  if (typeof behaviour === 'number') {
    response.writeHead(behaviour, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ error: { message: `refused with ${behaviour}`, type: 'error', code: null } }))
    return
  }
  const content = behaviour === 'nonsense' ? '{"purple": [' : await compose(messages, format?.json_schema)
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(
    JSON.stringify({
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1,
      model,
      choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content } }],
      usage: { prompt_tokens: 900, completion_tokens: 120, total_tokens: 1_020 },
    }),
  )
}

async function compose(
  messages: z.output<typeof Request>['messages'],
  format: { readonly name: string; readonly schema: unknown } | undefined,
): Promise<string> {
  const prompt: LanguageModelV4CallOptions['prompt'] = messages.map(({ role, content }) =>
    role === 'system' ? { role, content } : { role, content: [{ type: 'text', text: content }] },
  )
  const schema = z.record(z.string(), z.json()).parse(format?.schema ?? {})
  const { content } = await createSandboxModel('composer').doGenerate({
    prompt,
    ...(format ? { responseFormat: { type: 'json', name: format.name, schema } } : {}),
  })
  return content.map((part) => (part.type === 'text' ? part.text : '')).join('')
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return JSON.parse(Buffer.concat(chunks).toString('utf8'))
}
