import { expect, test } from 'vitest'
import { daysBetween } from './days-between.ts'

test('each day is there once, over the change of clocks and the end of a month', () => {
  expect(daysBetween({ from: '2026-03-28', to: '2026-04-01' })).toEqual([
    '2026-03-28',
    '2026-03-29',
    '2026-03-30',
    '2026-03-31',
    '2026-04-01',
  ])
  expect(daysBetween({ from: '2026-03-28', to: '2026-03-28' })).toEqual(['2026-03-28'])
  expect(daysBetween({ from: '2026-03-28', to: '2026-03-27' })).toEqual([])
})
