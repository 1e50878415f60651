/**
 * A worker in a process of its own, for tests that kill it: `queue-worker-child.ts DATABASE_URL [REDIS_URL PREFIX]`. It
 * prints each job's id as it starts it and never finishes one.
 */
import { argv, stdout } from 'node:process'
import { systemClock } from '../src/base/clock.ts'
import { createLogger } from '../src/base/log.ts'
import { createMetrics } from '../src/base/metrics.ts'
import { openDatabase } from '../src/db/index.ts'
import { createQueue, type JobHandler } from '../src/queue/index.ts'
import { impatient } from './queue-timing.ts'

const [databaseUrl, redisUrl, redisPrefix] = argv.slice(2)
const logger = createLogger({ level: 'error' })
const database = await openDatabase({ databaseUrl, dataDir: undefined, logger })
const queue = await createQueue({
  database,
  redisUrl,
  ...(redisPrefix === undefined ? {} : { redisPrefix }),
  logger,
  metrics: createMetrics(),
  clock: systemClock,
  timing: impatient,
})
const never: JobHandler = (job) => {
  stdout.write(`${job.id}\n`)
  return new Promise(() => {})
}
await queue.start({ maintenance: never, 'agent.run': never })
stdout.write('ready\n')
