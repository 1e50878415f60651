import { flushCompileCache } from 'node:module'
import { stdout } from 'node:process'
import type { Database } from '../src/db/index.ts'
import { dueRuns, takeUpDue } from '../src/ops/index.ts'
import { startWatchdog } from '../src/queue/index.ts'
import { openWorker, type WorkerOptions } from './open-worker.ts'

/** Works runs in this process until it is killed, as a worker of a fleet does; writes "ready" once it does. */
export async function workRuns(
  database: Database,
  {
    concurrency,
    stallMs,
    ...options
  }: WorkerOptions & {
    readonly concurrency: number
    /** Ends the process once its event loop has stood for so long; never where absent. */
    readonly stallMs?: number
  },
): Promise<void> {
  const { queue, runtime, logger } = await openWorker(database, options)
  await queue.start(
    {
      'agent.run': async ({ organizationId, runId }, signal) => {
        if (runId) await runtime.runJob(organizationId, runId, signal)
      },
    },
    { concurrency, upkeep: () => takeUpDue(database, { due: [dueRuns(runtime.wakeRun)], logger }) },
  )
  if (stallMs !== undefined) {
    startWatchdog({ workerId: queue.workerId, databaseUrl: database.databaseUrl, logLevel: 'fatal', stallMs })
  }
  stdout.write('ready\n')
  // Most of these are killed, and would keep nothing of what they compiled.
  flushCompileCache()
}
