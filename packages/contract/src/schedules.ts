import { z } from 'zod'
import { RecordedError } from './problem.ts'
import { defineRoute } from './route.ts'
import { Id, IdParams, JsonObject, Moment, Slug } from './values.ts'

export const ScheduleCatchUp = z.enum(['skip', 'last', 'all'])
export const ScheduleOverlap = z.enum(['skip', 'allow'])
export const ScheduleFiringStatus = z.enum(['started', 'overlap', 'missed', 'refused'])
export type ScheduleFiringStatus = z.output<typeof ScheduleFiringStatus>

const shared = {
  name: z.string().trim().min(1).max(100),
  agent: z.string().min(1).max(100),
  intent: z.string().min(1).max(100),
  /** Five fields, or a name such as `@daily`; local times of the time zone. */
  cron: z.string().trim().min(1).max(200),
  /** By its IANA name: `Europe/Berlin`. */
  timeZone: z.string().min(1).max(64),
}

export const Schedule = z.object({
  id: Id,
  ...shared,
  brand: z.string().optional(),
  input: z.unknown(),
  catchUp: ScheduleCatchUp,
  catchUpLimit: z.number().int(),
  overlap: ScheduleOverlap,
  enabled: z.boolean(),
  /** The times to come, the next one first; none while it is paused. */
  nextTimes: z.array(Moment),
  last: z.object({ dueAt: Moment, status: ScheduleFiringStatus }).optional(),
  createdBy: z.string(),
  createdAt: Moment,
})
export type Schedule = z.output<typeof Schedule>

export const CreateSchedule = z.strictObject({
  ...shared,
  timeZone: shared.timeZone.default('UTC'),
  brand: Slug.optional(),
  /** What the intent's schema asks for; see `GET /v1/agents`. */
  input: JsonObject,
  /** What becomes of times at which no worker was there: none, the newest, or up to `catchUpLimit` of the newest. */
  catchUp: ScheduleCatchUp.default('last'),
  catchUpLimit: z.number().int().min(1).max(100).default(10),
  /** Whether a run is started while an earlier one of the schedule is under way. */
  overlap: ScheduleOverlap.default('skip'),
})

export const ScheduleFiring = z.object({
  id: Id,
  scheduleId: Id,
  /** The time that the schedule names; for one by hand, when that was. */
  dueAt: Moment,
  cause: z.enum(['due', 'manual', 'backfill']),
  status: ScheduleFiringStatus,
  runId: Id.optional(),
  /** Why it was refused. */
  error: RecordedError.optional(),
  /** Times right after this one that were missed together with it, and the last of them. */
  moreMissed: z.number().int().optional(),
  moreMissedUntil: Moment.optional(),
})
export type ScheduleFiring = z.output<typeof ScheduleFiring>

const tag = 'schedules'
const scheduleAnswer = { 200: { description: 'The schedule as it is now', schema: Schedule } }

export const listSchedules = defineRoute({
  id: 'listSchedules',
  method: 'get',
  path: '/v1/schedules',
  tag,
  summary: 'What agents are asked again and again, newest first',
  request: {},
  responses: { 200: { description: 'The schedules', schema: z.object({ schedules: z.array(Schedule) }) } },
  permission: 'schedules:read',
  audit: null,
})

export const createSchedule = defineRoute({
  id: 'createSchedule',
  method: 'post',
  path: '/v1/schedules',
  tag,
  summary: 'Has an agent asked again and again',
  request: { body: CreateSchedule },
  responses: { 201: { description: 'The schedule', schema: Schedule } },
  permission: 'schedules:write',
  audit: 'schedule.created',
})

export const getSchedule = defineRoute({
  id: 'getSchedule',
  method: 'get',
  path: '/v1/schedules/{id}',
  tag,
  summary: 'A schedule',
  request: { params: IdParams },
  responses: scheduleAnswer,
  permission: 'schedules:read',
  audit: null,
})

export const deleteSchedule = defineRoute({
  id: 'deleteSchedule',
  method: 'delete',
  path: '/v1/schedules/{id}',
  tag,
  summary: 'Removes a schedule with its history; the runs that it started stay',
  request: { params: IdParams },
  responses: { 200: { description: 'The schedule that is gone', schema: Schedule } },
  permission: 'schedules:write',
  audit: 'schedule.deleted',
})

export const pauseSchedule = defineRoute({
  id: 'pauseSchedule',
  method: 'post',
  path: '/v1/schedules/{id}/pause',
  tag,
  summary: 'Starts nothing by it any more',
  request: { params: IdParams },
  responses: scheduleAnswer,
  permission: 'schedules:write',
  audit: 'schedule.paused',
})

export const resumeSchedule = defineRoute({
  id: 'resumeSchedule',
  method: 'post',
  path: '/v1/schedules/{id}/resume',
  tag,
  summary: 'Goes on from the next time that is to come',
  request: { params: IdParams },
  responses: scheduleAnswer,
  permission: 'schedules:write',
  audit: 'schedule.resumed',
})

export const fireSchedule = defineRoute({
  id: 'fireSchedule',
  method: 'post',
  path: '/v1/schedules/{id}/fire',
  tag,
  summary: 'Fires it at once, whatever its times',
  request: { params: IdParams },
  responses: { 200: { description: 'What came of it', schema: ScheduleFiring } },
  permission: 'schedules:write',
  audit: 'schedule.fired',
})

export const listScheduleFirings = defineRoute({
  id: 'listScheduleFirings',
  method: 'get',
  path: '/v1/schedules/{id}/firings',
  tag,
  summary: 'What came of each of its times, the newest first',
  request: {
    params: IdParams,
    query: z.strictObject({
      limit: z.coerce.number().int().min(1).max(100).default(50),
      /** Only times before this one. */
      before: Moment.optional(),
    }),
  },
  responses: {
    200: {
      description: 'The firings',
      schema: z.object({
        firings: z.array(ScheduleFiring),
        /** Hand it back as `before` for the next, older page. */
        nextBefore: Moment.optional(),
      }),
    },
  },
  permission: 'schedules:read',
  audit: null,
})

export const backfillSchedule = defineRoute({
  id: 'backfillSchedule',
  method: 'post',
  path: '/v1/schedules/{id}/backfill',
  tag,
  summary: 'Starts a run for each past time that has started none, 1,000 at most',
  request: { params: IdParams, body: z.strictObject({ from: Moment, to: Moment }) },
  responses: {
    200: {
      description: 'How many runs it came to',
      schema: z.object({
        started: z.number().int(),
        refused: z.number().int(),
        /** Times that had started a run before. */
        alreadyStarted: z.number().int(),
      }),
    },
  },
  permission: 'schedules:write',
  audit: 'schedule.backfilled',
})
