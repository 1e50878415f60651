import type { JobId, OrganizationId, ScheduleId } from '../base/ids.ts'
import { type TenantTx, withTenant } from '../db/index.ts'
import type { Agent } from '../runtime/index.ts'
import { planDue } from './plan-due.ts'
import type { ScheduleParts } from './spec.ts'
import { hasRunUnderWay, listFired, writeFiring } from './sql/firings.ts'
import { startFiring } from './start-firing.ts'
import { findSchedule, takeSchedule, updateSchedule } from './sql/schedules.ts'

/** How many transactions one waking makes of a schedule that has been due for very long; the next waking goes on. */
const mostTurns = 20

/**
 * Fires a schedule if it is due by the database's clock: each time's row is written in one transaction with the run that
 * it starts and with when it is due next, under the schedule's lock. A worker that is killed before the commit has done
 * nothing; of two workers one finds it no longer due.
 */
export async function fireDue(parts: ScheduleParts, organizationId: OrganizationId, id: ScheduleId): Promise<void> {
  for (let turn = 0; turn < mostTurns; turn++) {
    const jobIds = await withTenant(parts.database, organizationId, (tx) => fireOnce(tx, parts.agents, id))
    if (!jobIds) return
    for (const jobId of jobIds) await parts.queue.dispatch(organizationId, jobId, 'agent.run')
  }
}

async function fireOnce(
  tx: TenantTx,
  agents: ReadonlyMap<string, Agent>,
  id: ScheduleId,
): Promise<readonly JobId[] | undefined> {
  const taken = await takeSchedule(tx, id, { ifDue: true })
  const schedule = taken && (await findSchedule(tx, id))
  if (!schedule || !taken.dueSince) return undefined
  const { dueSince: from, now: to } = taken
  const { fire, missed, nextAt } = planDue(schedule, { dueSince: from, now: to })
  // A backfill may have come first.
  const before = await listFired(tx, { scheduleId: id, from, to })
  const isNew = (time: Date) => !before.has(time.getTime())
  await writeMissed(tx, id, missed.filter(isNew))
  const jobIds: JobId[] = []
  for (const dueAt of fire.filter(isNew)) {
    if (schedule.overlap === 'skip' && (await hasRunUnderWay(tx, schedule))) {
      await writeFiring(tx, { scheduleId: id, dueAt, cause: 'due', status: 'overlap' })
      continue
    }
    const { jobId } = await startFiring(tx, agents, { schedule, dueAt, cause: 'due' })
    if (jobId) jobIds.push(jobId)
  }
  await updateSchedule(tx, id, { nextAt })
  return jobIds
}

/** One row for all of them: a schedule of every minute misses ten thousand times in a week. */
async function writeMissed(tx: TenantTx, scheduleId: ScheduleId, missed: readonly Date[]): Promise<void> {
  const [dueAt] = missed
  if (!dueAt) return
  const more = missed.length > 1 ? { moreMissed: missed.length - 1, moreMissedUntil: missed.at(-1) } : {}
  await writeFiring(tx, { scheduleId, dueAt, cause: 'due', status: 'missed', ...more })
}
