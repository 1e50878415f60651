/**
 * Does one job, in a process of its own, for tests: `apart-child.ts DATABASE_URL FILE`. It writes its process id to the
 * file, and does what the job's payload says: `end`, `die`, or `stay` until it is told to stop, which it writes too.
 */
import { appendFile } from 'node:fs/promises'
import process, { argv, pid } from 'node:process'
import { systemClock } from '../src/base/clock.ts'
import { createLogger } from '../src/base/log.ts'
import { createMetrics } from '../src/base/metrics.ts'
import { openDatabase } from '../src/db/index.ts'
import { createQueue, type JobHandler, workApart } from '../src/queue/index.ts'
import { impatient } from './queue-timing.ts'

const [databaseUrl, file = ''] = argv.slice(2)

const handler: JobHandler = async ({ payload }, signal) => {
  await appendFile(file, `${pid}\n`)
  if (payload === 'die') process.kill(pid, 'SIGKILL')
  // What a library leaves open must not hold the process.
  setInterval(() => {}, 1_000)
  if (payload !== 'stay') return
  await new Promise((resolve) => signal.addEventListener('abort', resolve))
  await appendFile(file, 'stopped\n')
  throw signal.reason
}

await workApart(async (workerId) => {
  const logger = createLogger({ level: 'silent' })
  const database = await openDatabase({ databaseUrl, dataDir: undefined, logger, poolSize: 2 })
  const queue = await createQueue({
    database,
    redisUrl: undefined,
    logger,
    metrics: createMetrics(),
    clock: systemClock,
    timing: { ...impatient, graceMs: 200 },
    workerId,
  })
  const close = async () => {
    await queue.stop()
    await database.close()
  }
  return { queue, handler, close }
})
