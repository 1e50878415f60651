import { expect, test } from 'vitest'
import { estimateOf, realMoneyOf } from './estimate.ts'
import type { Money } from './spec.ts'

const asked = { input: {}, settings: {}, otherwise: 'unknown' } as const
const most = (money: Money | undefined) => estimateOf({ most: () => money }, asked)

test('an action says its most, that it is free, or nothing', () => {
  expect(most({ micros: 70_000, currency: 'EUR' })).toEqual({ micros: 70_000, currency: 'EUR' })
  expect(estimateOf('free', asked)).toBe('nothing')
  expect(estimateOf(undefined, asked)).toBe('unknown')
  expect(estimateOf(undefined, { ...asked, otherwise: 'nothing' })).toBe('nothing')
})

test.each([
  undefined,
  { micros: -1, currency: 'EUR' },
  { micros: Number.NaN, currency: 'EUR' },
  { micros: Number.POSITIVE_INFINITY, currency: 'EUR' },
  { micros: 1e16, currency: 'EUR' },
  { micros: 1, currency: 'euro' },
])('what is no amount is not known, and so nothing leaves by it: %o', (money) => {
  expect(most(money)).toBe('unknown')
  expect(realMoneyOf({ real: () => money }, {})).toBeUndefined()
})

test('a part of a micro counts as a whole one', () => {
  expect(most({ micros: 0.2, currency: 'EUR' })).toEqual({ micros: 1, currency: 'EUR' })
})
