import { expect, test } from 'vitest'
import { retryAfterMs } from './retry-after.ts'

const now = new Date('2026-03-01T09:00:00.000Z')

test('Retry-After is read as seconds and as a date, and is never in the past', () => {
  expect(retryAfterMs('120', now)).toBe(120_000)
  expect(retryAfterMs('Sun, 01 Mar 2026 09:00:30 GMT', now)).toBe(30_000)
  expect(retryAfterMs('Sun, 01 Mar 2026 08:00:00 GMT', now)).toBe(0)
  expect(retryAfterMs('soon', now)).toBeUndefined()
  expect(retryAfterMs(null, now)).toBeUndefined()
})
