import { newId, type ScheduleId } from '../base/ids.ts'
import { NeonHubError } from '../base/errors.ts'
import { sql, type TenantTx } from '../db/index.ts'
import { type Agent, getBrandId, parseAsked } from '../runtime/index.ts'
import { getSchedule } from './get-schedule.ts'
import type { NewSchedule, Schedule } from './spec.ts'
import { insertSchedule, readClock } from './sql/schedules.ts'
import { openTimetable } from './timetable.ts'

/** Each is looked at by every worker's maintenance when it is due. */
const mostSchedules = 200

/**
 * Adds a schedule, whose request is checked as that of a run is. Throws the errors of `openTimetable` and of `startRun`,
 * `schedules.never_due`, `schedules.catch_up_overlaps` and `schedules.too_many`.
 */
export async function addSchedule(
  tx: TenantTx,
  agents: ReadonlyMap<string, Agent>,
  schedule: NewSchedule,
): Promise<Schedule> {
  parseAsked(agents, { ...schedule, hasBrand: schedule.brand !== undefined })
  if (schedule.catchUp === 'all' && schedule.overlap === 'skip') {
    throw new NeonHubError('schedules.catch_up_overlaps', 'Catching up with all times starts several runs at once', {
      kind: 'invalid',
      hint: 'Allow them to overlap, or catch up with the last time alone.',
    })
  }
  await assertRoom(tx)
  const nextAt = openTimetable(schedule).next(await readClock(tx))
  if (!nextAt) {
    throw new NeonHubError('schedules.never_due', `"${schedule.cron}" names no time that will ever come`, {
      kind: 'invalid',
      hint: 'Look at its day and its month: there is no 30 February.',
    })
  }
  const id: ScheduleId = newId()
  const brandId = schedule.brand === undefined ? undefined : await getBrandId(tx, schedule.brand)
  await insertSchedule(tx, { ...schedule, id, brandId, nextAt })
  return getSchedule(tx, id)
}

async function assertRoom(tx: TenantTx): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`schedules/${tx.organizationId}`}, 0))`.execute(tx)
  const { count } = await tx
    .selectFrom('schedules')
    .select((eb) => eb.fn.countAll<string>().as('count'))
    .where('organization_id', '=', tx.organizationId)
    .executeTakeFirstOrThrow()
  if (Number(count) < mostSchedules) return
  throw new NeonHubError('schedules.too_many', `There are ${mostSchedules} schedules already`, {
    kind: 'conflict',
    hint: 'Remove one that is not needed any more: neonhub schedules remove ID',
  })
}
