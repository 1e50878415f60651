/**
 * Prints what each backend of the queue carries on this machine: jobs a second from dispatch to outcome, and the median
 * time from dispatch to the handler's start of a lone job. `NEONHUB_TEST_DATABASE_URL` and `NEONHUB_TEST_REDIS_URL` add
 * the server's backends.
 */
import { performance } from 'node:perf_hooks'
import { env, stdout } from 'node:process'
import { systemClock } from '../src/base/clock.ts'
import type { JobId } from '../src/base/ids.ts'
import { createLogger } from '../src/base/log.ts'
import { createMetrics } from '../src/base/metrics.ts'
import { withTenant } from '../src/db/index.ts'
import { addJob, createQueue } from '../src/queue/index.ts'
import { addOrganization, type DatabaseKind, openTestDatabase } from '../test/database.ts'

const loneJobs = 100
const manyJobs = 1_000
const atOnce = 20

async function measure(name: string, kind: DatabaseKind, redisUrl: string | undefined): Promise<void> {
  const database = await openTestDatabase(kind)
  const organizationId = await addOrganization(database)
  const queue = await createQueue({
    database,
    redisUrl,
    redisPrefix: `measure-${process.pid}-${name}`,
    logger: createLogger({ level: 'warn' }),
    metrics: createMetrics(),
    clock: systemClock,
  })
  const started = new Map<JobId, PromiseWithResolvers<number>>()
  let onDone = () => {}
  await queue.start({
    maintenance: async (job) => {
      started.get(job.id)?.resolve(performance.now())
      onDone()
    },
  })
  const waits: number[] = []
  for (let index = 0; index < loneJobs; index++) {
    const jobId = await withTenant(database, organizationId, (tx) => addJob(tx, { queue: 'maintenance' }))
    const start = Promise.withResolvers<number>()
    started.set(jobId, start)
    const from = performance.now()
    await queue.dispatch(organizationId, jobId, 'maintenance')
    waits.push((await start.promise) - from)
    await systemClock.sleep(5)
  }
  waits.sort((left, right) => left - right)

  const jobIds: JobId[] = []
  await withTenant(database, organizationId, async (tx) => {
    for (let index = 0; index < manyJobs; index++) jobIds.push(await addJob(tx, { queue: 'maintenance' }))
  })
  const allDone = Promise.withResolvers<void>()
  let left = manyJobs
  onDone = () => {
    if (--left === 0) allDone.resolve()
  }
  const from = performance.now()
  for (let index = 0; index < manyJobs; index += atOnce) {
    const batch = jobIds.slice(index, index + atOnce)
    await Promise.all(batch.map((jobId) => queue.dispatch(organizationId, jobId, 'maintenance')))
  }
  await allDone.promise
  const perSecond = manyJobs / ((performance.now() - from) / 1000)
  stdout.write(
    `${name}: ${Math.round(perSecond)} jobs/s, ${(waits[loneJobs / 2] ?? 0).toFixed(1)} ms from dispatch to start\n`,
  )
  await queue.stop()
  await database.close()
}

await measure('embedded', 'embedded', undefined)
if (env['NEONHUB_TEST_DATABASE_URL'] !== undefined) await measure('postgres', 'server', undefined)
if (env['NEONHUB_TEST_REDIS_URL'] !== undefined)
  await measure('redis, embedded rows', 'embedded', env['NEONHUB_TEST_REDIS_URL'])
if (env['NEONHUB_TEST_REDIS_URL'] !== undefined && env['NEONHUB_TEST_DATABASE_URL'] !== undefined) {
  await measure('redis, server rows', 'server', env['NEONHUB_TEST_REDIS_URL'])
}
