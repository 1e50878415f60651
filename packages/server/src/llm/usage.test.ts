import { expect, test } from 'vitest'
import { createMetrics } from '../base/metrics.ts'
import { withCallJournal } from '../base/call-journal.ts'
import { systemClock } from '../base/clock.ts'
import { parseConfig } from '../base/config.ts'
import { asId } from '../base/ids.ts'
import { createLlm } from './index.ts'
import { disjointUsage } from './usage.ts'

test('cached input and reasoning are each counted once', () => {
  expect(
    disjointUsage({
      inputTokens: { total: 1000, noCache: undefined, cacheRead: 600, cacheWrite: 100 },
      outputTokens: { total: 300, text: undefined, reasoning: 120 },
    }),
  ).toEqual({ inputTokens: 300, cacheReadTokens: 600, cacheWriteTokens: 100, outputTokens: 180, reasoningTokens: 120 })
})

test('a provider that tells no usage gives noughts, never less', () => {
  const untold = { total: undefined, noCache: undefined, cacheRead: 5, cacheWrite: undefined }
  const usage = disjointUsage({
    inputTokens: untold,
    outputTokens: { total: undefined, text: undefined, reasoning: undefined },
  })
  expect(usage).toEqual({
    inputTokens: 0,
    cacheReadTokens: 5,
    cacheWriteTokens: 0,
    outputTokens: 0,
    reasoningTokens: 0,
  })
})

test('calls, tokens and cost are counted by model', async () => {
  const metrics = createMetrics()
  const llm = createLlm({ config: parseConfig({}).llm, clock: systemClock, metrics })
  const journal = {
    organizationId: asId<'organization'>('00000000-0000-7000-8000-000000000000'),
    beginLlmCall: async () => asId<'llm_call'>('1'),
    endLlmCall: async () => {},
  }
  const { usage } = await withCallJournal(journal, () => llm.generateText({ prompt: { task: 'Say hello' } }))
  const text = await metrics.registry.metrics()
  expect(text).toContain(
    'neonhub_llm_calls_total{provider="sandbox",model="composer",operation="generate",outcome="succeeded"} 1',
  )
  expect(text).toContain(
    `neonhub_llm_tokens_total{provider="sandbox",model="composer",class="output"} ${usage.outputTokens}`,
  )
  metrics.registry.clear()
})
