import { messageOf } from '../base/errors.ts'
import type { WorkerId } from '../base/ids.ts'
import { ActiveJobs } from './active-jobs.ts'
import { repeat } from './repeat.ts'
import type { JobHandler, JobRow } from './spec.ts'
import { beginApart } from './sql/apart.ts'
import { isDoneWithin } from './within.ts'
import { workStarted, type WorkParts } from './work-job.ts'

/** Does one job that is on record as this process's, and keeps it alive. `done` resolves once its outcome is on record. */
export function startOne(
  parts: Omit<WorkParts, 'activeJobs'>,
  { job, workerId, handler }: { readonly job: JobRow; readonly workerId: WorkerId; readonly handler: JobHandler },
): { readonly done: Promise<void>; readonly stop: () => Promise<void> } {
  const { database, timing, logger } = parts
  const activeJobs = new ActiveJobs(database, timing)
  const work = async () => {
    if (await beginApart(database, { job, workerId, abandonedMs: timing.abandonedMs })) {
      await workStarted({ ...parts, activeJobs }, job, handler)
    }
  }
  const done = work()
  const stopHeartbeat = repeat(() => activeJobs.renew(), {
    intervalMs: timing.heartbeatMs,
    onError: (error) => logger.warn({ error: messageOf(error) }, 'The heartbeat of jobs failed'),
  })
  return {
    done: done.finally(stopHeartbeat),
    stop: async () => {
      if (await isDoneWithin(timing.graceMs, done)) return
      activeJobs.abort()
      await isDoneWithin(timing.abortMs, done)
    },
  }
}
