import { performance } from 'node:perf_hooks'
import { afterAll, expect, test } from 'vitest'
import { type LlmCallStart, withCallJournal } from '../base/call-journal.ts'
import { systemClock } from '../base/clock.ts'
import { parseConfig } from '../base/config.ts'
import { asId } from '../base/ids.ts'
import { createLlm } from './index.ts'
import { embedTexts, splitWindows } from './offline/embed-texts.ts'

const starts: LlmCallStart[] = []
const journal = {
  organizationId: asId<'organization'>('00000000-0000-7000-8000-000000000000'),
  beginLlmCall: async (start: LlmCallStart) => asId<'llm_call'>(String(starts.push(start))),
  endLlmCall: async () => {},
}
const refusedFetch: typeof fetch = () => Promise.reject(new Error('the offline model asked the network'))
const llm = createLlm({ config: parseConfig({}).llm, clock: systemClock, fetch: refusedFetch })
const embed = (texts: readonly string[]) => withCallJournal(journal, () => llm.embeddings.embed(texts))
const similarity = (left: readonly number[] = [], right: readonly number[] = []) =>
  left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0)
afterAll(() => llm.close())

test('texts of like meaning have like vectors, of unit length and 512 dimensions', async () => {
  const [question, answer, other] = await embed([
    'How do I return a product?',
    'You can send items back within 30 days for a refund.',
    'Our roastery buys its coffee in Ethiopia.',
  ])
  expect(question).toHaveLength(llm.embeddings.dimensions)
  expect(Math.hypot(...(question ?? []))).toBeCloseTo(1, 6)
  expect(similarity(question, answer)).toBeGreaterThan(similarity(question, other) + 0.2)
})

test('the end of a long text counts, which the model alone would drop', async () => {
  const long = 'Our studio prints on paper made with recycled fibre. '.repeat(20)
  const ending = 'Dogs love to swim in the cold lake on summer mornings. '.repeat(20)
  const [plain, both, dogs] = await embed([long, long + ending, ending])
  expect(similarity(plain, both)).toBeLessThan(0.98)
  expect(similarity(dogs, both)).toBeGreaterThan(similarity(dogs, plain) + 0.1)
})

test('each batch is a row, and the same text has the same vector in any batch', async () => {
  starts.length = 0
  const texts = Array.from({ length: 70 }, (_value, index) => `Text number ${index} about paper.`)
  const vectors = await embed(texts)
  expect(starts.map(({ operation, provider }) => [operation, provider])).toEqual([
    ['embed', 'energetic'],
    ['embed', 'energetic'],
  ])
  const [alone] = await embed([texts[69] ?? ''])
  expect(similarity(alone, vectors[69])).toBeGreaterThan(0.9999)
})

test('the event loop stays free while a long batch is computed', async () => {
  let longest = 0
  let last = performance.now()
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last)
    last = performance.now()
  }, 2)
  await embed(Array.from({ length: 8 }, (_value, index) => `${index} ${'A paragraph on paper and print. '.repeat(16)}`))
  clearInterval(timer)
  // The same work on this thread holds it for most of a second; the bound leaves room for a busy machine.
  expect(longest).toBeLessThan(200)
})

test('a run’s question does not wait for an import', async () => {
  const ended: string[] = []
  const passages = Array.from({ length: 32 }, (_value, index) => `${index} ${'On paper and print. '.repeat(24)}`)
  await Promise.all([
    embed(passages).then(() => ended.push('import')),
    embed(['How do I return a product?']).then(() => ended.push('question')),
  ])
  expect(ended).toEqual(['question', 'import'])
})

test('an empty text is refused by its place', async () => {
  await expect(embed(['one', ' '])).rejects.toMatchObject({
    code: 'llm.empty_text',
    message: expect.stringContaining('2 of 2'),
  })
})

test('after a close the next call starts the thread again', async () => {
  await llm.close()
  expect(await embed(['paper'])).toHaveLength(1)
})

test('windows hold every word once, and a text is the weighted mean of its windows', async () => {
  const text = `${'word '.repeat(400)}end.`
  const windows = splitWindows(text)
  expect(windows.join(' ').split(/\s+/)).toEqual(text.split(/\s+/))
  expect(Math.max(...windows.map((window) => window.length))).toBeLessThanOrEqual(480)
  const [vector] = await embedTexts(async (texts) => texts.map((one) => [one.includes('end') ? 1 : 0, 1]), [text])
  const share = (windows.find((window) => window.includes('end'))?.length ?? 0) / windows.join('').length
  expect((vector?.[0] ?? 0) / (vector?.[1] ?? 1)).toBeCloseTo(share, 6)
})
