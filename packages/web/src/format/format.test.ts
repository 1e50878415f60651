import { expect, test } from 'vitest'
import { formatCost } from './cost.ts'
import { formatDuration, formatMoment, formatRelative } from './time.ts'

const now = Date.parse('2027-02-01T09:00:00.000Z')

test.each([
  [0, '$0.00'],
  [1_284_000, '$1.28'],
  [420, '$0.00042'],
  [9_999, '$0.01'],
  [1, '$0.000001'],
])('%i micros read %s', (costMicros, text) => {
  expect(formatCost(costMicros, { locale: 'en-US' })).toBe(text)
})

test('numbers are written as the user’s language does', () => {
  expect(formatDuration(3_400, { locale: 'de' })).toBe('3,4 s')
  expect(formatCost(1_284_000, { locale: 'de-DE', currency: 'EUR' })).toBe('1,28\u00a0€')
})

test.each([
  [0, '0 ms'],
  [999.4, '999 ms'],
  [1_000, '1.0 s'],
  [9_949, '9.9 s'],
  [9_950, '10 s'],
  [59_600, '1 min'],
  [125_000, '2 min 5 s'],
  [3_600_000, '1 h'],
  [86_399_000, '1 d'],
  [187_200_000, '2 d 4 h'],
])('%i milliseconds read %s', (milliseconds, text) => {
  expect(formatDuration(milliseconds, { locale: 'en' })).toBe(text)
})

test.each([
  ['2027-02-01T08:59:58.000Z', '2 seconds ago'],
  ['2027-02-01T08:00:20.000Z', '1 hour ago'],
  ['2027-02-02T09:00:00.000Z', 'tomorrow'],
  ['2026-11-01T09:00:00.000Z', '3 months ago'],
  ['2024-02-01T09:00:00.000Z', '3 years ago'],
])('%s is %s', (moment, text) => {
  expect(formatRelative(moment, { now })).toBe(text)
})

test('a moment is shown in the place of its reader', () => {
  const shown = formatMoment('2027-02-01T23:30:00.000Z', { locale: 'en-GB', timeZone: 'Asia/Tokyo' })
  expect(shown).toContain('2 Feb 2027')
})
