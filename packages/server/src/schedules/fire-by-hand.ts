import type { OrganizationId, ScheduleId } from '../base/ids.ts'
import { type TenantTx, withTenant } from '../db/index.ts'
import { getSchedule } from './get-schedule.ts'
import type { Firing, ScheduleParts } from './spec.ts'
import { readClock, takeSchedule } from './sql/schedules.ts'
import { startFiring } from './start-firing.ts'

/**
 * Fires a schedule at once, whatever its times, and also where it is paused or one of its runs is under way: a person
 * asks for it. `inSame` is done in the same transaction. Throws `schedules.not_found`.
 */
export async function fireByHand(
  parts: ScheduleParts,
  organizationId: OrganizationId,
  id: ScheduleId,
  inSame: (tx: TenantTx, firing: Firing) => Promise<void>,
): Promise<Firing> {
  const { firing, jobId } = await withTenant(parts.database, organizationId, async (tx) => {
    await takeSchedule(tx, id, { ifDue: false })
    const schedule = await getSchedule(tx, id)
    const dueAt = await readClock(tx)
    const started = await startFiring(tx, parts.agents, { schedule, dueAt, cause: 'manual' })
    await inSame(tx, started.firing)
    return started
  })
  if (jobId) await parts.queue.dispatch(organizationId, jobId, 'agent.run')
  return firing
}
