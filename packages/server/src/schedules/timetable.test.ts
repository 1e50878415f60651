import { expect, test } from 'vitest'
import { planDue } from './plan-due.ts'
import { nextTimes } from './timetable.ts'

const berlin = 'Europe/Berlin'
const timesOf = (cron: string, after: string, count: number, timeZone = berlin) =>
  nextTimes({ cron, timeZone }, new Date(after), count).map((time) => time.toISOString().slice(0, 16))

// 2026-03-29, 02:00 CET is followed by 03:00 CEST (01:00 UTC).
test('a local time that the clocks skip comes once, right after the gap', () => {
  expect(timesOf('30 2 * * *', '2026-03-28T03:00Z', 2)).toEqual(['2026-03-29T01:00', '2026-03-30T00:30'])
  expect(timesOf('0 2 * * *', '2026-03-28T03:00Z', 2)).toEqual(['2026-03-29T01:00', '2026-03-30T00:00'])
  // All the minutes of the hour that is not there, and hours with a step, come once as well.
  for (const cron of ['*/20 2 * * *', '0-40/20 2 * * *', '0,20,40 2 * * *'])
    expect(timesOf(cron, '2026-03-28T03:00Z', 2)).toEqual(['2026-03-29T01:00', '2026-03-30T00:00'])
  expect(timesOf('0 */2 * * *', '2026-03-28T22:30Z', 3)).toEqual([
    '2026-03-28T23:00',
    '2026-03-29T01:00',
    '2026-03-29T02:00',
  ])
})

// 2026-10-25, 03:00 CEST is followed by 02:00 CET (01:00 UTC).
test('a local time that comes twice is due the first time alone', () => {
  expect(timesOf('30 2 * * *', '2026-10-24T12:00Z', 2)).toEqual(['2026-10-25T00:30', '2026-10-26T01:30'])
  expect(timesOf('30 2 * * *', '2026-10-25T00:45Z', 1)).toEqual(['2026-10-26T01:30'])
  expect(timesOf('*/30 2 * * *', '2026-10-24T12:00Z', 3)).toEqual([
    '2026-10-25T00:00',
    '2026-10-25T00:30',
    '2026-10-26T01:00',
  ])
})

test('a schedule of every hour goes by hours that pass', () => {
  const hours = ['2026-10-25T00:15', '2026-10-25T01:15', '2026-10-25T02:15']
  expect(timesOf('15 * * * *', '2026-10-24T23:20Z', 3)).toEqual(hours)
  expect(timesOf('15 * * * *', '2026-03-29T00:20Z', 2)).toEqual(['2026-03-29T01:15', '2026-03-29T02:15'])
})

test('days, names and zones are read, and what is none is refused with a reason', () => {
  expect(timesOf('0 9 * * MON-FRI', '2026-03-27T12:00Z', 1)).toEqual(['2026-03-30T07:00'])
  expect(timesOf('@daily', '2026-06-01T12:00Z', 1, 'America/New_York')).toEqual(['2026-06-02T04:00'])
  expect(timesOf('0 0 30 2 *', '2026-06-01T12:00Z', 1)).toEqual([])
  for (const cron of ['', '61 * * * *', '* * * *', '* * * * * *', '*/0 2 * * *', '5-1 2 * * *', '1/5 2 * * *', '@soon'])
    expect(() => timesOf(cron, '2026-06-01T12:00Z', 1)).toThrow('is no time to be due at')
  expect(() => timesOf('2027-01-01T00:00:00', '2026-06-01T12:00Z', 1)).toThrow('it is a date')
  for (const timeZone of ['', '+01:00', 'Mars/Olympus', 'Europe/Berlin\n'])
    expect(() => timesOf('@daily', '2026-06-01T12:00Z', 1, timeZone)).toThrow('There is no time zone')
})

const minutely = { cron: '* * * * *', timeZone: 'UTC' }
const from = new Date('2026-06-01T12:00:00Z')
const later = (minutes: number) => new Date(from.getTime() + minutes * 60_000)

test('what was missed is given up, or caught up with as the policy says', () => {
  const plan = (catchUp: 'skip' | 'last' | 'all', minutes: number) =>
    planDue({ ...minutely, catchUp, catchUpLimit: 3 }, { dueSince: from, now: new Date(later(minutes).getTime() + 1) })
  // On time: nothing was missed.
  for (const policy of ['skip', 'last', 'all'] as const)
    expect(plan(policy, 0)).toEqual({ fire: [from], missed: [], nextAt: later(1) })
  expect(plan('last', 9)).toMatchObject({ fire: [later(9)], missed: { length: 9 }, nextAt: later(10) })
  expect(plan('all', 9)).toMatchObject({ fire: [later(7), later(8), later(9)], missed: { length: 7 } })
  expect(plan('all', 1)).toMatchObject({ fire: [from, later(1)], missed: [] })
  const daily = { cron: '0 12 * * *', timeZone: 'UTC', catchUp: 'skip', catchUpLimit: 1 } as const
  expect(planDue(daily, { dueSince: from, now: later(4) })).toMatchObject({ fire: [from], missed: [] })
  expect(planDue(daily, { dueSince: from, now: later(6) })).toMatchObject({ fire: [], missed: [from] })
})

test('an outage of weeks is gone through in parts, and what may be the newest is kept for the last of them', () => {
  let dueSince: Date | undefined = from
  const now = later(1_001)
  const missed: Date[] = []
  const fired: Date[] = []
  let parts = 0
  while (dueSince && dueSince <= now) {
    const plan = planDue({ ...minutely, catchUp: 'all', catchUpLimit: 5 }, { dueSince, now })
    missed.push(...plan.missed)
    fired.push(...plan.fire)
    dueSince = plan.nextAt
    parts++
  }
  expect(parts).toBeGreaterThan(1)
  expect(fired).toEqual([997, 998, 999, 1_000, 1_001].map(later))
  expect(missed).toEqual(Array.from({ length: 997 }, (_, index) => later(index)))
})
