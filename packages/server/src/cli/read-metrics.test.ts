import { expect, test } from 'vitest'
import { readMetrics } from './read-metrics.ts'

const options = { brand: 'mills', timeZone: 'Europe/Berlin' }

test('columns of CSV are facts, days begin in the organization’s time zone, and amounts become micros', () => {
  const csv =
    'metric,amount,currency,occurred_at,value\nrevenue,19.99,EUR,2026-03-29,\nclicks,,,2026-07-01T10:00:00Z,3\n'
  expect(readMetrics(`\uFEFF${csv}`, { ...options, source: 'shop' })).toMatchObject([
    { metric: 'revenue', value: 19_990_000, currency: 'EUR', occurredAt: '2026-03-28T23:00:00.000Z', brand: 'mills' },
    { metric: 'clicks', value: 3, occurredAt: '2026-07-01T10:00:00Z', source: 'shop' },
  ])
  const [summer] = readMetrics('metric,value,occurred_at\nclicks,1,2026-03-30\n', options)
  expect(summer).toMatchObject({ occurredAt: '2026-03-29T22:00:00.000Z', source: 'file' })
})

test('the same file makes the same keys, and rows that are alike count each', () => {
  const csv = 'metric,value,occurred_at\nclicks,1,2026-03-01\nclicks,1,2026-03-01\n'
  const keys = () => readMetrics(csv, options).map(({ key }) => key)
  expect(keys()).toEqual(keys())
  expect(new Set(keys()).size).toBe(2)
  expect(readMetrics('key,metric,value,occurred_at\nours,clicks,1,2026-03-01\n', options)).toMatchObject([
    { key: 'ours' },
  ])
})

test('JSON is taken as the API has it, alone or under events', () => {
  const fact = { metric: 'clicks', value: 2, occurredAt: '2026-03-01T00:00:00Z', brand: 'other' }
  for (const value of [[fact], { events: [fact] }])
    expect(readMetrics(JSON.stringify(value), options)).toMatchObject([{ ...fact, source: 'file' }])
})

test('what cannot be read is told by its row', () => {
  const refuse = (text: string) => () => readMetrics(text, options)
  const fault = (message: RegExp) =>
    expect.objectContaining({ code: 'cli.metrics_unreadable', message: expect.stringMatching(message) })
  expect(refuse('metric,value,occurred_at\nclicks,1,2026-03-01\nclicks,many,yesterday\n')).toThrow(
    fault(/row 2, .*value/),
  )
  expect(refuse('metric,value,occurred_at\n')).toThrow(fault(/no rows/))
  expect(refuse('[{')).toThrow(fault(/./))
  expect(refuse('[1]')).toThrow(fault(/no list of objects/))
})
