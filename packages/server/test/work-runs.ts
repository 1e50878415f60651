import { flushCompileCache } from 'node:module'
import { argv, stdout } from 'node:process'
import { pathToFileURL } from 'node:url'
import type { Database } from '../src/db/index.ts'
import { dueRuns, takeUpDue } from '../src/ops/index.ts'
import { forkApart, type JobHandler, startWatchdog, workApart } from '../src/queue/index.ts'
import { openWorker, type WorkerOptions } from './open-worker.ts'

interface WorkRuns extends WorkerOptions {
  readonly concurrency: number
  /** Ends the process once its event loop has stood for so long; never where absent. */
  readonly stallMs?: number
}

/**
 * Works runs in this process until it is killed, as a worker of a fleet does; writes "ready" once it does. What has taken
 * workers down is done by processes beside it, of this program with the same parameters.
 */
export async function workRuns(database: Database, { concurrency, stallMs, ...options }: WorkRuns): Promise<void> {
  const open = async (worker: WorkerOptions) => {
    const { queue, runtime, logger } = await openWorker(database, worker)
    const handler: JobHandler = async ({ organizationId, runId }, signal) => {
      if (runId) await runtime.runJob(organizationId, runId, signal)
    }
    if (stallMs !== undefined) {
      startWatchdog({ workerId: queue.workerId, databaseUrl: database.databaseUrl, logLevel: 'fatal', stallMs })
    }
    // Most of these are killed, and would keep nothing of what they compiled.
    flushCompileCache()
    return { queue, handler, runtime, logger }
  }
  // Whoever was started by a worker can hear it.
  if (process.send) {
    return workApart(async (workerId) => {
      const { queue, handler } = await open({ ...options, workerId })
      const close = async () => {
        await queue.stop()
        await database.close()
      }
      return { queue, handler, close }
    })
  }
  const { queue, handler, runtime, logger } = await open(options)
  const [, file = '', ...parameters] = argv
  await queue.start(
    { 'agent.run': handler },
    {
      concurrency,
      upkeep: () => takeUpDue(database, { due: [dueRuns(runtime.wakeRun)], logger }),
      apart: forkApart(pathToFileURL(file), parameters),
    },
  )
  stdout.write('ready\n')
}
