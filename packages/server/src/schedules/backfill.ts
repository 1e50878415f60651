import { NeonHubError } from '../base/errors.ts'
import type { JobId, OrganizationId, ScheduleId } from '../base/ids.ts'
import { type TenantTx, withTenant } from '../db/index.ts'
import { getSchedule } from './get-schedule.ts'
import type { FiringStatus, ScheduleParts, Timetable } from './spec.ts'
import { listFired } from './sql/firings.ts'
import { readClock, takeSchedule } from './sql/schedules.ts'
import { startFiring } from './start-firing.ts'
import { openTimetable } from './timetable.ts'

/** How many times one backfill may have. */
const mostTimes = 1_000
/** How many are written in one transaction. */
const batchSize = 50

export interface BackfillResult {
  readonly started: number
  readonly refused: number
  /** Times that had started a run before. */
  readonly alreadyStarted: number
}

/**
 * Starts a run for each time from `from` to `to`, both included, that has started none; done again it starts none twice.
 * `beforehand` is done once the range is known to be sound, before the first of them. The runs may overlap, and a paused schedule is backfilled too: a person asks for it. Throws `schedules.not_found`,
 * `schedules.range_invalid` and `schedules.backfill_too_large`.
 */
export async function backfill(
  parts: ScheduleParts,
  organizationId: OrganizationId,
  { id, from, to }: { readonly id: ScheduleId; readonly from: Date; readonly to: Date },
  beforehand: (tx: TenantTx, times: number) => Promise<void>,
): Promise<BackfillResult> {
  const times = await withTenant(parts.database, organizationId, async (tx) => {
    const schedule = await getSchedule(tx, id)
    const now = await readClock(tx)
    assertPast({ from, to, now })
    const found = listTimes(schedule, { from, to })
    await beforehand(tx, found.length)
    return found
  })
  const results: BackfillResult[] = []
  for (let index = 0; index < times.length; index += batchSize)
    results.push(await startBatch(parts, organizationId, { id, times: times.slice(index, index + batchSize) }))
  const sum = (of: keyof BackfillResult) => results.reduce((total, result) => total + result[of], 0)
  return { started: sum('started'), refused: sum('refused'), alreadyStarted: sum('alreadyStarted') }
}

async function startBatch(
  parts: ScheduleParts,
  organizationId: OrganizationId,
  { id, times }: { readonly id: ScheduleId; readonly times: readonly Date[] },
): Promise<BackfillResult> {
  const jobIds: JobId[] = []
  const [from, to] = [times[0], times.at(-1)]
  if (!from || !to) return { started: 0, refused: 0, alreadyStarted: 0 }
  const statuses = await withTenant(parts.database, organizationId, async (tx) => {
    await takeSchedule(tx, id, { ifDue: false })
    const schedule = await getSchedule(tx, id)
    const before = await listFired(tx, { scheduleId: id, from, to })
    const outcomes: (FiringStatus | 'before')[] = []
    for (const dueAt of times) {
      if (before.get(dueAt.getTime()) === 'started') {
        outcomes.push('before')
        continue
      }
      const { firing, jobId } = await startFiring(tx, parts.agents, { schedule, dueAt, cause: 'backfill' })
      outcomes.push(firing.status)
      if (jobId) jobIds.push(jobId)
    }
    return outcomes
  })
  for (const jobId of jobIds) await parts.queue.dispatch(organizationId, jobId, 'agent.run')
  const count = (of: FiringStatus | 'before') => statuses.filter((status) => status === of).length
  return { started: count('started'), refused: count('refused'), alreadyStarted: count('before') }
}

function assertPast({ from, to, now }: { readonly from: Date; readonly to: Date; readonly now: Date }): void {
  if (from <= to && to <= now) return
  throw new NeonHubError(
    'schedules.range_invalid',
    `From ${from.toISOString()} to ${to.toISOString()} is no time that has passed`,
    { kind: 'invalid', hint: 'Name a beginning and a later end, neither of them to come.' },
  )
}

function listTimes(timetable: Timetable, { from, to }: { readonly from: Date; readonly to: Date }): readonly Date[] {
  const { next } = openTimetable(timetable)
  const times: Date[] = []
  // The first one after a moment is asked for, and `from` is among them.
  for (let time = next(new Date(from.getTime() - 1)); time && time <= to; time = next(time)) {
    if (times.length === mostTimes) throw tooLarge()
    times.push(time)
  }
  return times
}

const tooLarge = () =>
  new NeonHubError('schedules.backfill_too_large', `The range has more than ${mostTimes} times of the schedule`, {
    kind: 'invalid',
    hint: 'Backfill it in parts; what has started a run is left alone.',
  })
