import { NeonHubError, recordError } from '../base/errors.ts'
import type { JobId } from '../base/ids.ts'
import type { TenantTx } from '../db/index.ts'
import { tellMembers } from '../notifications/index.ts'
import { type Agent, writeRun } from '../runtime/index.ts'
import type { Firing, FiringCause, Schedule } from './spec.ts'
import { writeFiring } from './sql/firings.ts'

/**
 * Writes the run of a time with the row that says so, or the row that says why it was refused: a paused agent, an input
 * that the intent no longer takes. Anything else, such as an outage, is thrown, and the time stays due.
 */
export async function startFiring(
  tx: TenantTx,
  agents: ReadonlyMap<string, Agent>,
  { schedule, dueAt, cause }: { readonly schedule: Schedule; readonly dueAt: Date; readonly cause: FiringCause },
): Promise<{ readonly firing: Firing; readonly jobId: JobId | undefined }> {
  const time = { scheduleId: schedule.id, dueAt, cause }
  try {
    const { runId, jobId } = await writeRun(tx, agents, {
      agent: schedule.agent,
      intent: schedule.intent,
      input: schedule.input,
      // Nobody waits for it as for what somebody has just asked.
      priority: 'bulk',
      requestedBy: `schedule:${schedule.id} of ${schedule.createdBy}`,
      ...(schedule.brand === undefined ? {} : { brand: schedule.brand }),
    })
    return { firing: await writeFiring(tx, { ...time, status: 'started', runId }), jobId }
  } catch (error) {
    if (!isRefusal(error)) throw error
    const refused = recordError(error)
    const firing = await writeFiring(tx, { ...time, status: 'refused', error: refused })
    await tellMembers(tx, 'schedule_refused', {
      subjectId: schedule.id,
      facts: { name: schedule.name, agent: schedule.agent, intent: schedule.intent, errorCode: refused.code },
    })
    return { firing, jobId: undefined }
  }
}

const isRefusal = (error: unknown) =>
  error instanceof NeonHubError && ['invalid', 'not_found', 'conflict', 'forbidden'].includes(error.kind)
