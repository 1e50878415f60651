import { expect, test } from 'vitest'
import { sampleSizePerVariant } from './sample-size.ts'

test('sample sizes agree with power.prop.test of R', () => {
  // power.prop.test(p1 = .10, p2 = .15, power = .80) gives n = 685.6; (.20, .25) gives 1093.7.
  expect(sampleSizePerVariant({ baseline: 0.1, target: 0.15 })).toBe(686)
  expect(sampleSizePerVariant({ baseline: 0.2, target: 0.25 })).toBe(1094)
})

test('smaller differences and more certainty need more recipients', () => {
  const usual = sampleSizePerVariant({ baseline: 0.2, target: 0.25 })
  expect(sampleSizePerVariant({ baseline: 0.2, target: 0.22 })).toBeGreaterThan(usual * 5)
  expect(sampleSizePerVariant({ baseline: 0.2, target: 0.25 }, { power: 0.9 })).toBeGreaterThan(usual)
  expect(sampleSizePerVariant({ baseline: 0.2, target: 0.25 }, { significance: 0.01 })).toBeGreaterThan(usual)
})

test('rates that are equal, or no rates, are refused', () => {
  for (const rates of [
    { baseline: 0.2, target: 0.2 },
    { baseline: 0, target: 0.1 },
    { baseline: 0.1, target: 1 },
    { baseline: Number.NaN, target: 0.1 },
  ]) {
    expect(() => sampleSizePerVariant(rates)).toThrow(RangeError)
  }
})
