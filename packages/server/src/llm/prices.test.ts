import { expect, test } from 'vitest'
import { findPrice, priceCall } from './prices.ts'
import { priceTable } from './price-table.ts'
import { noUsage } from './usage.ts'

const at = new Date('2026-11-01T12:00:00Z')
const usage = { inputTokens: 1000, cacheReadTokens: 500, cacheWriteTokens: 100, outputTokens: 200, reasoningTokens: 50 }

test('each class of tokens has its own price, and reasoning that of output', () => {
  // 1000 × 2 + 500 × 0.1 + 100 × 2.5 + 250 × 10 dollars a million
  expect(priceCall({ provider: 'anthropic', model: 'claude-sonnet-5-5', usage, at })).toEqual({
    costMicros: 2000 + 50 + 250 + 2500,
    currency: 'USD',
    costSource: 'price-table',
  })
})

test('a fraction of a micro is rounded up', () => {
  const one = { ...noUsage, inputTokens: 1 }
  expect(priceCall({ provider: 'openai', model: 'text-embedding-3-small', usage: one, at }).costMicros).toBe(1)
})

test('a dated snapshot has the price of its model, and a namesake has not', () => {
  expect(findPrice({ provider: 'anthropic', model: 'claude-haiku-4-5-20251001', at })?.model).toBe('claude-haiku-4-5')
  expect(findPrice({ provider: 'openai', model: 'gpt-5.4-2026-03-05', at })?.model).toBe('gpt-5.4')
  expect(findPrice({ provider: 'google', model: 'models/gemini-3.8-flash', at })?.model).toBe('gemini-3.8-flash')
  expect(findPrice({ provider: 'anthropic', model: 'claude-opus-5-9', at })).toBeUndefined()
  expect(priceCall({ provider: 'openai', model: 'gpt-99', usage, at })).toMatchObject({
    costMicros: 0,
    costSource: 'unknown',
  })
})

test('a price holds from its day until the next', () => {
  const price = (day: string) =>
    findPrice({ provider: 'google', model: 'gemini-3.8-flash', at: new Date(`${day}T23:59:59Z`) })?.input
  expect([price('2025-12-31'), price('2026-12-31'), price('2027-01-01')]).toEqual([undefined, 750_000, 1_500_000])
})

test('an input beyond the long-context limit is billed at that card as a whole', () => {
  const long = { ...noUsage, inputTokens: 60_000, cacheReadTokens: 60_000, outputTokens: 1000 }
  const short = { ...long, cacheReadTokens: 0 }
  const cost = (tokens: typeof long) =>
    priceCall({ provider: 'anthropic', model: 'claude-haiku-5-5', usage: tokens, at }).costMicros
  expect(cost(short)).toBe(6000 + 500)
  expect(cost(long)).toBe(30_000 + 3000 + 2500)
})

test('answers from this machine are free', () => {
  expect(priceCall({ provider: 'sandbox', model: 'composer', usage, at })).toMatchObject({
    costMicros: 0,
    costSource: 'free',
  })
})

test('no model has two prices from one day', () => {
  const keys = priceTable.map(({ provider, model, effectiveFrom }) => `${provider}:${model}@${effectiveFrom}`)
  expect(new Set(keys).size).toBe(keys.length)
})
