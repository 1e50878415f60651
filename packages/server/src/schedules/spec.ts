import type { RecordedError } from '../base/errors.ts'
import type { RunId, ScheduleFiringId, ScheduleId } from '../base/ids.ts'
import type { Database } from '../db/index.ts'
import type { Queue } from '../queue/index.ts'
import type { Agent } from '../runtime/index.ts'

/** What becomes of times at which no worker was there. */
export type CatchUp = 'skip' | 'last' | 'all'
/** Whether a run is started while an earlier one of the schedule is under way. */
export type Overlap = 'skip' | 'allow'
export type FiringCause = 'due' | 'manual' | 'backfill'
export type FiringStatus = 'started' | 'overlap' | 'missed' | 'refused'

/** When a schedule is due: `cron` in local times of `timeZone`. */
export interface Timetable {
  /** Five fields, or a name such as `@daily`. */
  readonly cron: string
  /** By its IANA name. */
  readonly timeZone: string
}

export interface NewSchedule extends Timetable {
  readonly name: string
  readonly agent: string
  readonly intent: string
  /** Slug of the organization's brand. */
  readonly brand: string | undefined
  readonly input: unknown
  readonly catchUp: CatchUp
  /** With `all`: how many of the newest missed times are caught up with, 1 to 100. */
  readonly catchUpLimit: number
  readonly overlap: Overlap
  /** `user:ID`, `api_key:ID` or `cli`. */
  readonly createdBy: string
}

export interface Schedule extends NewSchedule {
  readonly id: ScheduleId
  readonly enabled: boolean
  /** Undefined while it is paused, and where no time is left. */
  readonly nextAt: Date | undefined
  /** The newest of its firings. */
  readonly last: { readonly dueAt: Date; readonly status: FiringStatus } | undefined
  readonly createdAt: Date
}

/** What came of one time of a schedule. */
export interface Firing {
  readonly id: ScheduleFiringId
  readonly scheduleId: ScheduleId
  readonly dueAt: Date
  readonly cause: FiringCause
  readonly status: FiringStatus
  /** Undefined where none was started, or once retention has removed it. */
  readonly runId: RunId | undefined
  readonly error: RecordedError | undefined
  /** Times right after this one that were missed together with it. */
  readonly moreMissed: number
  readonly moreMissedUntil: Date | undefined
  readonly createdAt: Date
}

export interface ScheduleParts {
  readonly database: Database
  readonly queue: Pick<Queue, 'dispatch'>
  readonly agents: ReadonlyMap<string, Agent>
}
