import { openTimetable } from './timetable.ts'
import type { Schedule } from './spec.ts'

/** By how much a time may be late and still count as met: a deployment, a worker that was held up. */
const graceMs = 5 * 60_000
/** How many times are looked at in one transaction: a tenth of a second. The rest follows in the next one. */
const mostTimes = 500

export interface DuePlan {
  /** Times to start a run for, oldest first. */
  readonly fire: readonly Date[]
  /** Times that are given up, oldest first. */
  readonly missed: readonly Date[]
  /** Undefined where no time is left. */
  readonly nextAt: Date | undefined
}

/** What becomes of the times of a schedule from `dueSince` to `now`, by its policy for those that were missed. */
export function planDue(
  schedule: Pick<Schedule, 'cron' | 'timeZone' | 'catchUp' | 'catchUpLimit'>,
  { dueSince, now }: { readonly dueSince: Date; readonly now: Date },
): DuePlan {
  const { next } = openTimetable(schedule)
  const due: Date[] = []
  let nextAt: Date | undefined = dueSince
  while (nextAt && nextAt <= now && due.length < mostTimes) {
    due.push(nextAt)
    nextAt = next(nextAt)
  }
  const wanted = schedule.catchUp === 'all' ? schedule.catchUpLimit : 1
  const isWhole = nextAt === undefined || nextAt > now
  if (!isWhole) {
    // Which ones are the newest is not known yet: as many as may be wanted stay due.
    const missed = due.slice(0, -wanted)
    return { fire: [], missed, nextAt: due[missed.length] }
  }
  const newest = due.slice(-wanted)
  const fire = schedule.catchUp === 'skip' ? newest.filter((time) => now.getTime() - time.getTime() <= graceMs) : newest
  return { fire, missed: due.slice(0, due.length - fire.length), nextAt }
}
