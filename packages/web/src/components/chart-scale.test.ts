import { expect, test } from 'vitest'
import { heightOf } from './chart-scale.ts'

test('the upper end is a round number that no value passes', () => {
  for (const [highest, end] of [
    [0, 1],
    [1, 1],
    [1.2, 2],
    [3, 5],
    [51, 100],
    [0.04, 0.05],
    [2_000_001, 5_000_000],
  ] as const)
    expect(heightOf(highest, 0)).toBeCloseTo(end)
})

test('what lies below nought alone still has an upper end above the lower', () => {
  expect(heightOf(0, -7)).toBe(0)
  expect(heightOf(-3, -7)).toBe(0)
  expect(heightOf(0, 0)).toBeGreaterThan(0)
})
