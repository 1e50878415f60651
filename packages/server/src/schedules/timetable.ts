import { Cron } from 'croner'
import { messageOf, NeonHubError } from '../base/errors.ts'
import type { Timetable } from './spec.ts'

/** The field as a list of its values, so that a step or a star among certain hours is as fixed as a number. */
function toList(field: string, last: number): string {
  const values = field.split(',').flatMap((part) => {
    const [, all, from, to, step] = /^(?:(\*)|(\d+)(?:-(\d+))?)(?:\/([1-9]\d*))?$/.exec(part) ?? []
    const first = Number(from ?? 0)
    const end = all === undefined ? Number(to ?? first) : last
    // What is out of range, turned around, or of another dialect is for the library to read or refuse.
    const isOurs = all !== undefined || (from !== undefined && (to !== undefined || step === undefined))
    if (!isOurs || end > last || first > end) return [part]
    const width = Number(step ?? 1)
    return Array.from({ length: Math.floor((end - first) / width) + 1 }, (_, index) => String(first + index * width))
  })
  return [...new Set(values)].join(',')
}

/**
 * Vixie cron's rule: a pattern that names hours means local times, each of which comes once a day whatever the clocks do;
 * one for every hour means hours that pass, and goes by them.
 */
function fixHours(cron: string): string {
  const [minute, hour, ...days] = cron.trim().split(/\s+/)
  if (minute === undefined || hour === undefined || days.length !== 3 || hour === '*') return cron.trim()
  return [toList(minute, 59), toList(hour, 23), ...days].join(' ')
}

const isZoneName = (timeZone: string) => /^[A-Za-z]/.test(timeZone)

/**
 * Reads when a schedule is due. Local times that the clocks skip come right after the gap, all together once; those that
 * come twice are due the first time. Throws `schedules.cron_invalid` and `schedules.time_zone_invalid`.
 */
export function openTimetable({ cron, timeZone }: Timetable): {
  /** The first time after `moment`, in whole minutes; undefined where there is none. */
  readonly next: (moment: Date) => Date | undefined
} {
  assertTimeZone(timeZone)
  let pattern: Cron
  try {
    pattern = new Cron(fixHours(cron), {
      timezone: timeZone,
      mode: '5-part',
      fixedTimeRule: 'no-wildcard',
      paused: true,
    })
  } catch (error) {
    throw cronInvalid(cron, messageOf(error).replace(/^CronPattern: /, ''))
  }
  // The library also takes a single date.
  if (pattern.getPattern() === undefined) throw cronInvalid(cron, 'it is a date')
  return { next: (moment) => pattern.nextRun(moment) ?? undefined }
}

function assertTimeZone(timeZone: string): void {
  try {
    // Offsets are understood as well, and know no summer.
    if (isZoneName(timeZone) && new Intl.DateTimeFormat('en', { timeZone }).format(0) !== '') return
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
  }
  throw new NeonHubError('schedules.time_zone_invalid', `There is no time zone "${timeZone}"`, {
    kind: 'invalid',
    hint: 'Name one as the IANA does: Europe/Berlin, America/New_York, UTC.',
  })
}

const cronInvalid = (cron: string, reason: string) =>
  new NeonHubError('schedules.cron_invalid', `"${cron}" is no time to be due at: ${reason}`, {
    kind: 'invalid',
    hint: 'Five fields: minute, hour, day of the month, month, day of the week. "30 9 * * 1-5" is half past nine on weekdays; @daily and the like are understood too.',
  })

/** The next `count` times after `moment`. */
export function nextTimes(timetable: Timetable, moment: Date, count: number): readonly Date[] {
  const { next } = openTimetable(timetable)
  const times: Date[] = []
  for (let time = next(moment); time && times.length < count; time = next(time)) times.push(time)
  return times
}
