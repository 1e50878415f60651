import { expect, test } from 'vitest'
import { formatBreaker } from './breaker.ts'

test('a provider’s own words reach no terminal with characters that steer it', () => {
  const error = 'not available: \u001b[2J\u001b]0;title\u0007\u009b31mgone'
  const openUntil = new Date(Date.now() + 60_000).toISOString()
  expect(formatBreaker({ faults: 3, openUntil, error })).toBe(
    `paused until ${openUntil}: 3 failed in a row, the last with: not available: [2J]0;title31mgone`,
  )
})
