import { expect, test } from 'vitest'
import { mostAttempts, retryWaitMs } from './retry-wait.ts'

const hourMs = 3_600_000

test('the attempts of a message take about a day, whatever the jitter', () => {
  for (const random of [0, 0.5, 0.999]) {
    const waits = Array.from({ length: mostAttempts }, (_, index) => retryWaitMs(index + 1, { random }))
    expect(waits.at(-1)).toBeUndefined()
    const total = waits.reduce<number>((sum, wait) => sum + (wait ?? 0), 0)
    expect(total / hourMs).toBeGreaterThan(18)
    expect(total / hourMs).toBeLessThan(30)
  }
})

test('a receiver that asks for time gets it, up to eight hours', () => {
  expect(retryWaitMs(1, { random: 0.5, retryAfterMs: hourMs })).toBe(hourMs)
  expect(retryWaitMs(1, { random: 0.5, retryAfterMs: 1000 * hourMs })).toBe(8 * hourMs)
  expect(retryWaitMs(4, { random: 0.5, retryAfterMs: 1 })).toBe(hourMs / 2)
})
