import { expect, test } from 'vitest'
import { bootstrapMean, signTest } from './statistics.ts'

test.for([
  // By hand from the binomial distribution with a half.
  { better: 6, worse: 0, p: 0.03125 },
  { better: 5, worse: 0, p: 0.0625 },
  { better: 8, worse: 2, p: 0.109375 },
  { better: 3, worse: 3, p: 1 },
  { better: 0, worse: 0, p: 1 },
])('the sign test of $better to $worse is $p', ({ better, worse, p }) => {
  expect(signTest({ better, worse })).toBeCloseTo(p, 10)
  expect(signTest({ better: worse, worse: better })).toBeCloseTo(p, 10)
})

test('the sign test of thousands neither overflows nor becomes nothing', () => {
  expect(signTest({ better: 2_000, worse: 2_000 })).toBeCloseTo(1, 6)
  expect(signTest({ better: 2_100, worse: 1_900 })).toBeGreaterThan(0.001)
  expect(signTest({ better: 2_100, worse: 1_900 })).toBeLessThan(0.003)
})

test('the interval holds the mean, is the same each time, and has no width where nothing differs', () => {
  const differences = [0.2, 0.1, -0.1, 0.3, 0.2, 0, 0.1, 0.4]
  const interval = bootstrapMean(differences)
  expect(interval?.low).toBeLessThan(0.15)
  expect(interval?.high).toBeGreaterThan(0.15)
  expect(interval?.low).toBeGreaterThan(0)
  expect(bootstrapMean(differences)).toEqual(interval)
  expect(bootstrapMean([0.5, 0.5, 0.5])).toEqual({ low: 0.5, high: 0.5 })
  expect(bootstrapMean([0.5])).toBeUndefined()
})
