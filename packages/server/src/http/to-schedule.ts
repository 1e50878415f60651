import type { Schedule, ScheduleFiring } from '@neonhub/contract'
import { compact } from '../base/compact.ts'
import { type Firing, nextTimes, type Schedule as StoredSchedule } from '../schedules/index.ts'
import type { ReadOnly } from './read-only.ts'

/** How many of the times to come are shown. */
const shownTimes = 3

/** A schedule as the contract shows it, with the times to come. */
export function toSchedule(schedule: StoredSchedule): ReadOnly<Schedule> {
  const { id, name, agent, intent, brand, input, cron, timeZone, enabled, nextAt, last, createdAt, ...rest } = schedule
  const { catchUp, catchUpLimit, overlap, createdBy } = rest
  const later = nextAt && enabled ? [nextAt, ...nextTimes({ cron, timeZone }, nextAt, shownTimes - 1)] : []
  return {
    id,
    name,
    agent,
    intent,
    input,
    cron,
    timeZone,
    catchUp,
    catchUpLimit,
    overlap,
    enabled,
    createdBy,
    ...compact({ brand, last: last && { dueAt: last.dueAt.toISOString(), status: last.status } }),
    nextTimes: later.map((time) => time.toISOString()),
    createdAt: createdAt.toISOString(),
  }
}

/** Likewise what came of a time. */
export function toScheduleFiring(firing: Firing): ReadOnly<ScheduleFiring> {
  const { id, scheduleId, dueAt, cause, status, runId, error, moreMissed, moreMissedUntil } = firing
  return {
    id,
    scheduleId,
    cause,
    status,
    dueAt: dueAt.toISOString(),
    ...compact({ runId, error, moreMissedUntil: moreMissedUntil?.toISOString() }),
    ...(moreMissed === 0 ? {} : { moreMissed }),
  }
}
