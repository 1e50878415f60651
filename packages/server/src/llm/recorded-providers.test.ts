import { LLMock } from '@copilotkit/aimock'
import type { LanguageModelV4CallOptions } from '@ai-sdk/provider'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type CallJournal, type LlmCallEnd, type LlmCallStart, withCallJournal } from '../base/call-journal.ts'
import type { Clock } from '../base/clock.ts'
import { parseConfig } from '../base/config.ts'
import { NeonHubError } from '../base/errors.ts'
import { asId } from '../base/ids.ts'
import { createLlm } from './index.ts'

const canary = 'sk-canary-4f9d2b7761c04e'
const mock = new LLMock({ port: 0 })
const waits: number[] = []
let now = Date.parse('2026-11-01T00:00:00Z')
const clock: Clock = {
  now: () => new Date((now += 5)),
  sleep: async (durationMs, signal) => {
    signal?.throwIfAborted()
    waits.push(durationMs)
  },
}
const rows: { start: LlmCallStart; end?: LlmCallEnd }[] = []
const journal: CallJournal = {
  organizationId: asId('00000000-0000-7000-8000-000000000000'),
  beginLlmCall: async (start) => asId(String(rows.push({ start }) - 1)),
  endLlmCall: async (id, end) => {
    const row = rows[Number(id)]
    if (!row || row.end) throw new Error('A call was settled twice or never begun')
    row.end = end
  },
}

beforeAll(() => mock.start())
afterAll(() => mock.stop())
afterEach(() => {
  expect(JSON.stringify(rows)).not.toContain(canary)
  mock.reset()
  rows.length = 0
  waits.length = 0
})

function open() {
  const url = `${mock.url}/v1`
  const { llm } = parseConfig({
    OPENAI_API_KEY: canary,
    OPENAI_BASE_URL: url,
    ANTHROPIC_API_KEY: canary,
    ANTHROPIC_BASE_URL: url,
    OPENAI_COMPATIBLE_BASE_URL: url,
    OPENAI_COMPATIBLE_API_KEY: canary,
    GOOGLE_GENERATIVE_AI_API_KEY: canary,
    GOOGLE_BASE_URL: `${mock.url}/v1beta`,
  })
  return createLlm({ config: llm, clock, random: () => 0.5 })
}
const recorded = <Result>(work: () => Promise<Result>) => withCallJournal(journal, work)
const failureOf = (work: () => Promise<unknown>) =>
  recorded(work).then(
    () => expect.unreachable('the call should have failed'),
    (error: unknown) => error,
  )
const usage = {
  prompt_tokens: 40,
  completion_tokens: 10,
  input_tokens: 40,
  output_tokens: 10,
  promptTokenCount: 40,
  candidatesTokenCount: 10,
  totalTokenCount: 50,
  total_tokens: 50,
}

describe.each([
  ['openai:gpt-6.1-sol', 180],
  ['anthropic:claude-sonnet-5-5', 180],
  ['google:gemini-3.8-flash', 68],
  ['compatible:llama3.3:70b', undefined],
] as const)('%s', (model, costMicros) => {
  const provider = model.slice(0, model.indexOf(':'))

  test('an answer is one row, with its tokens and its price', async () => {
    mock.onMessage(/Say hello/, { content: 'Hello there', usage })
    const result = await recorded(() => open().generateText({ model, prompt: { task: 'Say hello' } }))
    expect(result).toMatchObject({ value: 'Hello there', finishReason: 'stop', costMicros: costMicros ?? 0 })
    expect(rows).toHaveLength(1)
    expect(rows[0]?.start).toMatchObject({
      operation: 'generate',
      provider,
      promptHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
    expect(JSON.stringify(rows[0]?.start.request)).toContain('Say hello')
    expect(rows[0]?.end).toMatchObject({
      usage: { inputTokens: 40, outputTokens: 10, cacheReadTokens: 0, reasoningTokens: 0 },
      costSource: costMicros === undefined ? 'unknown' : 'price-table',
      finishReason: 'stop',
      response: { content: [{ type: 'text', text: 'Hello there' }] },
    })
  })

  test('a stream tells the text in pieces and the time to the first of them', async () => {
    mock.onMessage(/Say hello/, { content: 'Hello there, how are you today', usage }, { chunkSize: 6 })
    await recorded(async () => {
      const { text, result } = open().streamText({ model, prompt: { task: 'Say hello' } })
      const pieces: string[] = []
      for await (const piece of text) pieces.push(piece)
      expect(pieces.length).toBeGreaterThan(2)
      expect(pieces.join('')).toBe('Hello there, how are you today')
      expect(await result).toMatchObject({ value: 'Hello there, how are you today', usage: { outputTokens: 10 } })
    })
    expect(rows[0]).toMatchObject({
      start: { operation: 'stream' },
      end: { timeToFirstTokenMs: expect.any(Number), finishReason: 'stop' },
    })
  })

  test('a stream that the provider cuts is settled as cut, and the reader is told', async () => {
    mock.onMessage(
      /Say hello/,
      { content: 'Hello there, how are you today' },
      { chunkSize: 4, truncateAfterChunks: 6, latency: 10 },
    )
    const error = await failureOf(async () => {
      for await (const _piece of open().streamText({ model, prompt: { task: 'Say hello' } }).text);
    })
    expect(error).toMatchObject({ retryable: true, code: expect.stringMatching(/^llm\.(?:stream_cut|unavailable)$/) })
    expect(rows).toHaveLength(1)
    expect(rows[0]?.end).toMatchObject({ error: { code: expect.stringMatching(/^llm\.(?:stream_cut|unavailable)$/) } })
  })

  test('a tool call passes through the recorded model', async () => {
    mock.onMessage(/Weather/, { toolCalls: [{ name: 'weather', arguments: '{"city":"Turin"}' }] })
    const options: LanguageModelV4CallOptions = {
      prompt: [{ role: 'user', content: [{ type: 'text', text: 'Weather in Turin?' }] }],
      tools: [
        {
          type: 'function',
          name: 'weather',
          inputSchema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
        },
      ],
    }
    const result = await recorded(async () => open().languageModel(model).doGenerate(options))
    expect(result.content.find(({ type }) => type === 'tool-call')).toMatchObject({ toolName: 'weather' })
    // The mock's Gemini dialect names a reason that the real one does not have.
    expect(rows[0]?.end).toMatchObject({ finishReason: provider === 'google' ? 'other' : 'tool-calls' })
  })

  test('a provider that is busy is asked again after the time that it names, and each attempt is a row', async () => {
    let calls = 0
    mock.onMessage(/Say hello/, () => {
      calls += 1
      return calls < 3 ? { error: { message: 'slow down' }, status: 429, retryAfter: 2 } : { content: 'Hello' }
    })
    const { value } = await recorded(() => open().generateText({ model, prompt: { task: 'Say hello' } }))
    expect(value).toBe('Hello')
    expect(waits).toEqual([2000, 2000])
    expect(rows.map(({ end }) => end?.error?.code)).toEqual(['llm.rate_limited', 'llm.rate_limited', undefined])
  })

  test('a provider that stays broken is given up after three attempts', async () => {
    mock.onMessage(/Say hello/, { error: { message: 'boom' }, status: 500 })
    const error = await failureOf(() => open().generateText({ model, prompt: { task: 'Say hello' } }))
    expect(error).toMatchObject({ code: 'llm.unavailable', retryable: true })
    expect(rows).toHaveLength(3)
    expect(waits).toEqual([500, 1000])
  })

  test('a refused key is named, is not tried again and is never told', async () => {
    mock.onMessage(/Say hello/, { error: { message: `Incorrect API key provided: ${canary}` }, status: 401 })
    const error = await failureOf(() => open().generateText({ model, prompt: { task: 'Say hello' } }))
    expect(error).toMatchObject({
      code: 'llm.key_refused',
      retryable: false,
      message: expect.stringContaining('[key]'),
    })
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(canary)
    expect(rows).toHaveLength(1)
  })

  test('an answer that does not fit is sent back once with its faults', async () => {
    const Draft = z.object({ title: z.string().max(10), score: z.number().optional() })
    mock.onMessage(/does not fit the schema/, { content: '{"title":"Short"}' })
    mock.onMessage(/Write a title/, { content: '{"title":"Much longer than allowed"}' })
    const { value } = await recorded(() =>
      open().generateObject({ model, schema: Draft, prompt: { task: 'Write a title' } }),
    )
    expect(value).toEqual({ title: 'Short' })
    expect(rows).toHaveLength(2)
    expect(JSON.stringify(rows[1]?.start.request)).toContain('Much longer than allowed')
  })
})

test('an answer is the same at once and as the journal will tell it later, whatever characters it holds', async () => {
  mock.onMessage(/title/, { content: String.raw`{"title":"a\u0000b\ud800"}` })
  mock.onMessage(/text/, { content: 'a\0b' })
  const schema = z.object({ title: z.string() })
  const { value } = await recorded(() => open().generateObject({ schema, prompt: { task: 'Write a title' } }))
  expect(value).toEqual({ title: 'a\uFFFDb\uFFFD' })
  expect((await recorded(() => open().generateText({ prompt: { task: 'Write a text' } }))).value).toBe('a\uFFFDb')
})

test('an answer that is unfit twice fails with its issues', async () => {
  mock.onMessage(/.*/, { content: '{"title":7}' })
  const schema = z.object({ title: z.string() })
  const error = await failureOf(() => open().generateObject({ schema, prompt: { task: 'Write a title' } }))
  expect(error).toMatchObject({ code: 'llm.answer_unfit', retryable: false, issues: [{ path: 'title' }] })
  expect(rows).toHaveLength(2)
})

test('an answer cut at the limit is called cut, and is not repaired', async () => {
  mock.onMessage(/.*/, { content: '{"title":"Half', finishReason: 'length' })
  const schema = z.object({ title: z.string() })
  const error = await failureOf(() =>
    open().generateObject({ model: 'compatible:any', schema, maxOutputTokens: 5, prompt: { task: 'Write a title' } }),
  )
  expect(error).toMatchObject({ code: 'llm.answer_truncated', message: expect.stringContaining('5 tokens') })
  expect(rows).toHaveLength(1)
})

test('a provider that asks for a longer wait than a minute is not waited for', async () => {
  mock.onMessage(/.*/, { error: { message: 'come back tomorrow' }, status: 429, retryAfter: 3600 })
  const error = await failureOf(() => open().generateText({ prompt: { task: 'Say hello' } }))
  expect(error).toMatchObject({ code: 'llm.rate_limited', retryAfterMs: 3_600_000, retryable: true })
  expect(waits).toEqual([])
})

test('a provider that asks for a wait is not waited for where another model stands by', async () => {
  mock.onMessage(/.*/, { error: { message: 'slow down' }, status: 429, retryAfter: 30 })
  const ask = (fallbackModels: string[]) =>
    open().generateText({ model: 'compatible:any', fallbackModels, prompt: { task: 'Say hello' } })
  const { model } = await recorded(() => ask(['sandbox:composer']))
  expect(model).toBe('sandbox:composer')
  expect(waits).toEqual([])
  expect(await failureOf(() => ask([]))).toMatchObject({ code: 'llm.rate_limited' })
  expect(waits).toEqual([30_000, 30_000])
})

test('a host that cannot be reached is unavailable', async () => {
  const { llm: config } = parseConfig({
    OPENAI_COMPATIBLE_BASE_URL: 'http://127.0.0.1:9/v1',
    NEONHUB_MODEL: 'compatible:x',
  })
  const llm = createLlm({ config, clock, random: () => 0 })
  const error = await failureOf(() => llm.generateText({ prompt: { task: 'Say hello' } }))
  expect(error).toMatchObject({ code: 'llm.unavailable', retryable: true })
  expect(rows).toHaveLength(3)
})

test('a cancelled call ends with the signal’s own reason and is settled as cancelled', async () => {
  mock.onMessage(/.*/, { content: 'too late' }, { chaos: { latencyMs: 300 } })
  const controller = new AbortController()
  setTimeout(() => controller.abort(new Error('the run was cancelled')), 20)
  const error = await failureOf(() => open().generateText({ prompt: { task: 'Say hello' }, signal: controller.signal }))
  expect(error).toMatchObject({ message: 'the run was cancelled' })
  expect(rows.map(({ end }) => end?.error?.code)).toEqual(['llm.cancelled'])
})

/** Those of an earlier test that was cancelled may come in late. */
const requestsSaying = (text: string) => mock.getRequests().filter((request) => JSON.stringify(request).includes(text))

test('an answer that the journal cannot keep is not asked for again', async () => {
  mock.onMessage(/.*/, { content: 'Hello' })
  const broken: CallJournal = {
    ...journal,
    endLlmCall: () => Promise.reject(Object.assign(new Error('connection terminated'), { code: '57P01' })),
  }
  const work = withCallJournal(broken, () => open().generateText({ prompt: { task: 'Say it once' } }))
  await expect(work).rejects.toMatchObject({ code: 'llm.not_recorded' })
  expect(requestsSaying('Say it once')).toHaveLength(1)
})

test('a call that the journal forbids does not leave', async () => {
  mock.onMessage(/.*/, { content: 'Hello' })
  const refusal = new NeonHubError('budget.exhausted', 'Nothing is left', { kind: 'forbidden', retryable: true })
  const strict: CallJournal = { ...journal, beginLlmCall: () => Promise.reject(refusal) }
  const work = withCallJournal(strict, () => open().generateText({ prompt: { task: 'Say it never' } }))
  await expect(work).rejects.toBe(refusal)
  expect(requestsSaying('Say it never')).toHaveLength(0)
})

test('a call outside of a run is not made', async () => {
  await expect(open().generateText({ prompt: { task: 'Say hello' } })).rejects.toMatchObject({
    code: 'base.no_call_journal',
  })
  expect(mock.getRequests()).toHaveLength(0)
})

test('vectors come from a provider in recorded batches of unit length', async () => {
  const { llm: config } = parseConfig({
    OPENAI_API_KEY: canary,
    OPENAI_BASE_URL: `${mock.url}/v1`,
    NEONHUB_EMBEDDING_MODEL: 'openai:text-embedding-3-small',
  })
  const { embeddings } = createLlm({ config, clock })
  expect(embeddings.dimensions).toBe(1536)
  const texts = Array.from({ length: 100 }, (_value, index) => `text ${index}`)
  const vectors = await recorded(() => embeddings.embed(texts))
  expect(vectors).toHaveLength(100)
  for (const vector of vectors) expect(Math.hypot(...vector)).toBeCloseTo(1, 6)
  expect(rows.map(({ start }) => start.operation)).toEqual(['embed', 'embed'])
})

test('the dimension of an unknown vector model is found by asking it', async () => {
  const { llm: config } = parseConfig({
    OPENAI_COMPATIBLE_BASE_URL: `${mock.url}/v1`,
    NEONHUB_EMBEDDING_MODEL: 'compatible:nomic',
  })
  const { embeddings } = createLlm({ config, clock })
  expect(() => embeddings.dimensions).toThrow('not known')
  const dimensions = await recorded(() => embeddings.resolveDimensions())
  expect(dimensions).toBe(embeddings.dimensions)
  expect(dimensions).toBeGreaterThan(1)
})
