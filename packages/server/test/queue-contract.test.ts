import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { execPath } from 'node:process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { systemClock } from '../src/base/clock.ts'
import { NeonHubError } from '../src/base/errors.ts'
import { type JobId, newId, type OrganizationId } from '../src/base/ids.ts'
import { createLogger } from '../src/base/log.ts'
import { createMetrics } from '../src/base/metrics.ts'
import { type Database, sql, withTenant } from '../src/db/index.ts'
import { withSystem } from '../src/db/system.ts'
import { addJob, createQueue, type JobRow, type Queue, type QueueTiming } from '../src/queue/index.ts'
import { openPostgresBackend } from '../src/queue/backend/postgres-backend.ts'
import { openRedisBackend } from '../src/queue/backend/redis-backend.ts'
import { addOrganization, type DatabaseKind, isMissing, openTestDatabase } from './database.ts'
import { impatient } from './queue-timing.ts'

const redisUrl = process.env['NEONHUB_TEST_REDIS_URL']
const logger = createLogger({ level: 'silent' })
const queueName = 'maintenance'

interface Setting {
  readonly name: string
  readonly kind: DatabaseKind
  readonly onRedis: boolean
}

const settings: readonly Setting[] = [
  { name: 'embedded', kind: 'embedded', onRedis: false },
  { name: 'PostgreSQL', kind: 'server', onRedis: false },
  { name: 'Redis with rows in the embedded database', kind: 'embedded', onRedis: true },
  { name: 'Redis with rows in PostgreSQL', kind: 'server', onRedis: true },
]

for (const { name, kind, onRedis } of settings) {
  describe.skipIf(isMissing(kind) || (onRedis && redisUrl === undefined))(`the queue on ${name}`, () => {
    const redisPrefix = `test-${newId()}`
    let database: Database
    let organizationId: OrganizationId
    const opened: Queue[] = []

    beforeAll(async () => {
      database = await openTestDatabase(kind)
      organizationId = await addOrganization(database)
    })
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((queue) => queue.stop()))
    })
    afterAll(async () => {
      if (onRedis) await dropRedisKeys(redisPrefix)
      await database.close()
    })

    const metrics = createMetrics()
    async function openQueue(timing: Partial<QueueTiming> = {}): Promise<Queue> {
      const queue = await createQueue({
        database,
        redisUrl: onRedis ? redisUrl : undefined,
        redisPrefix,
        logger,
        metrics,
        clock: systemClock,
        timing: { ...impatient, ...timing },
      })
      opened.push(queue)
      return queue
    }

    const insert = (options: { readonly runAt?: Date; readonly payload?: string } = {}) =>
      withTenant(database, organizationId, (tx) => addJob(tx, { queue: queueName, ...options }))
    const readRow = (id: JobId) =>
      withTenant(database, organizationId, (tx) =>
        tx
          .selectFrom('agent_jobs')
          .select(['status', 'attempts', 'error', 'check_at', 'run_at'])
          .where('id', '=', id)
          .executeTakeFirstOrThrow(),
      )
    const waitForStatus = (id: JobId, status: string, timeoutMs = 10_000) =>
      vi.waitFor(async () => expect((await readRow(id)).status).toBe(status), { timeout: timeoutMs, interval: 25 })
    /** As a worker leaves a row that was killed in its `attempts`th start. */
    const abandon = (id: JobId, attempts: number) =>
      withTenant(database, organizationId, (tx) =>
        tx
          .updateTable('agent_jobs')
          .set({ status: 'active', attempts, check_at: sql<Date>`clock_timestamp() - interval '1 second'` })
          .where('id', '=', id)
          .execute(),
      )

    test('a dispatched job reaches its handler with what its row says, and its row says that it succeeded', async () => {
      const queue = await openQueue()
      const jobs: JobRow[] = []
      await queue.start({ [queueName]: async (job) => void jobs.push(job) })
      const id = await insert({ payload: 'text' })
      await queue.dispatch(organizationId, id, queueName)
      await waitForStatus(id, 'succeeded')
      expect(jobs).toEqual([{ organizationId, id, queue: queueName, runId: undefined, payload: 'text', attempts: 1 }])
    })

    test('one worker with one hand does jobs in the order of their dispatch', async () => {
      const queue = await openQueue({ reconcileMs: 60_000 })
      const ids: JobId[] = []
      for (let index = 0; index < 10; index++) ids.push(await insert())
      for (const id of ids) await queue.dispatch(organizationId, id, queueName)
      const done: JobId[] = []
      await queue.start({ [queueName]: async (job) => void done.push(job.id) }, { concurrency: 1 })
      await vi.waitFor(() => expect(done).toEqual(ids), { timeout: 10_000 })
    })

    test('two workers call the handler of each job once, however often it is dispatched', async () => {
      const queues = [await openQueue(), await openQueue()]
      const calls = new Map<JobId, number>()
      const handler = async (job: JobRow) => {
        calls.set(job.id, (calls.get(job.id) ?? 0) + 1)
        await systemClock.sleep(10)
      }
      await Promise.all(queues.map((queue) => queue.start({ [queueName]: handler })))
      const ids = await Promise.all(Array.from({ length: 40 }, () => insert()))
      for (const queue of queues) await Promise.all(ids.map((id) => queue.dispatch(organizationId, id, queueName)))
      for (const id of ids) await waitForStatus(id, 'succeeded')
      expect([...calls.values()]).toEqual(ids.map(() => 1))
    })

    test('a job that the queue has lost is put back', async () => {
      const queue = await openQueue()
      const id = await insert()
      await queue.dispatch(organizationId, id, queueName)
      expect((await queue.health()).counts[queueName]?.waiting).toBe(1)
      await loseEntries()
      expect((await queue.health()).counts[queueName]?.waiting).toBe(0)
      await queue.start({ [queueName]: async () => {} })
      await waitForStatus(id, 'succeeded')
    })

    test('a job whose entry was taken by a worker that never started it is put back at once, and again', async () => {
      const id = await insert()
      const backend = onRedis
        ? openRedisBackend(redisUrl ?? '', redisPrefix, logger)
        : await openPostgresBackend(database, logger)
      // Takes entries and dies with each: none of their rows is started.
      let taken = 0
      const dying = backend.consume(queueName, () => new Promise(() => void (taken += 1)), { concurrency: 2 })
      await backend.add(queueName, [{ organizationId, jobId: id, attempts: 0, delayMs: 0 }])
      await vi.waitFor(() => expect(taken).toBe(1), { timeout: 5_000 })
      await backend.putBack(queueName, [{ organizationId, jobId: id, attempts: 0, delayMs: 0 }])
      await vi.waitFor(() => expect(taken).toBe(2), { timeout: 5_000 })
      await dying.disconnect()
      const queue = await openQueue()
      const started = vi.fn<() => void>()
      await queue.start({ [queueName]: async () => started() })
      await waitForStatus(id, 'succeeded', 8_000)
      expect(started).toHaveBeenCalledOnce()
      await backend.close()
    })

    test('a job that was never dispatched is put back', async () => {
      const queue = await openQueue()
      await queue.start({ [queueName]: async () => {} })
      await waitForStatus(await insert(), 'succeeded')
    })

    test('a job that is still in the queue is not put there twice', async () => {
      const queue = await openQueue()
      const id = await insert()
      await queue.dispatch(organizationId, id, queueName)
      await queue.start({})
      const { check_at } = await readRow(id)
      // The reconciler has asked after it at least twice.
      await vi.waitFor(
        async () => expect((await readRow(id)).check_at.getTime()).toBeGreaterThan(check_at.getTime() + 400),
        {
          timeout: 5_000,
        },
      )
      expect((await queue.health()).counts[queueName]?.waiting).toBe(1)
      await loseEntries()
      await withTenant(database, organizationId, (tx) =>
        tx.updateTable('agent_jobs').set({ status: 'succeeded' }).execute(),
      )
    })

    test('a job whose worker fell silent is done by another', async () => {
      const queue = await openQueue()
      const id = await insert()
      await abandon(id, 1)
      const attempts: number[] = []
      await queue.start({ [queueName]: async (job) => void attempts.push(job.attempts) })
      await waitForStatus(id, 'succeeded')
      expect(attempts).toEqual([2])
    })

    test('a job that takes longer than a worker may be silent is not taken from it', async () => {
      const queues = [await openQueue(), await openQueue()]
      let calls = 0
      const handler = async () => {
        calls++
        await systemClock.sleep(2_500)
      }
      await Promise.all(queues.map((queue) => queue.start({ [queueName]: handler })))
      const id = await insert()
      await queues[0]?.dispatch(organizationId, id, queueName)
      await waitForStatus(id, 'succeeded')
      expect(calls).toBe(1)
      expect((await readRow(id)).attempts).toBe(1)
    })

    test('a worker that was silent for too long is told, and its outcome counts for nothing', async () => {
      const queue = await openQueue({ reconcileMs: 60_000 })
      const lost = Promise.withResolvers<unknown>()
      await queue.start({
        [queueName]: async (_job, signal) => {
          await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
          lost.resolve(signal.reason)
          throw signal.reason
        },
      })
      const id = await insert()
      await queue.dispatch(organizationId, id, queueName)
      await waitForStatus(id, 'active')
      // Another worker has started it since.
      await withTenant(database, organizationId, (tx) =>
        tx
          .updateTable('agent_jobs')
          .set({ attempts: 2, check_at: sql<Date>`clock_timestamp() + interval '1 hour'` })
          .where('id', '=', id)
          .execute(),
      )
      expect(await lost.promise).toMatchObject({ code: 'queue.job_lost' })
      await queue.stop()
      expect(await readRow(id)).toMatchObject({ status: 'active', attempts: 2, error: null })
    })

    test('a job that took down five workers in a row is parked with the reason', async () => {
      const queue = await openQueue()
      const [fourTimes, fiveTimes] = [await insert(), await insert()]
      await abandon(fourTimes, 4)
      await abandon(fiveTimes, 5)
      const done: JobId[] = []
      await queue.start({ [queueName]: async (job) => void done.push(job.id) })
      await waitForStatus(fiveTimes, 'parked')
      await waitForStatus(fourTimes, 'succeeded')
      await queue.dispatch(organizationId, fiveTimes, queueName)
      await systemClock.sleep(500)
      expect(done).toEqual([fourTimes])
      expect(await readRow(fiveTimes)).toMatchObject({ status: 'parked', attempts: 5, error: { code: 'queue.parked' } })
    })

    test('a delayed job starts when it is due, and not before', async () => {
      const queue = await openQueue({ reconcileMs: 60_000 })
      const started = Promise.withResolvers<number>()
      await queue.start({ [queueName]: async () => started.resolve(Date.now()) })
      const runAt = new Date(Date.now() + 1_200)
      const id = await insert({ runAt })
      await queue.dispatch(organizationId, id, queueName, { runAt })
      const lateness = (await started.promise) - runAt.getTime()
      expect(lateness).toBeGreaterThanOrEqual(-5)
      expect(lateness).toBeLessThan(1_000)
    })

    test('a delayed job that is dispatched as if it were due waits all the same', async () => {
      const queue = await openQueue()
      const started = Promise.withResolvers<number>()
      await queue.start({ [queueName]: async () => started.resolve(Date.now()) })
      const runAt = new Date(Date.now() + 2_500)
      const id = await insert({ runAt })
      await queue.dispatch(organizationId, id, queueName)
      // A second early is within what two clocks may differ by.
      expect(await started.promise).toBeGreaterThanOrEqual(runAt.getTime() - 1_000)
      await waitForStatus(id, 'succeeded')
    })

    test('what a handler throws is on record, and the job is not tried again', async () => {
      const queue = await openQueue()
      let calls = 0
      await queue.start({
        [queueName]: async () => {
          calls++
          throw new NeonHubError('test.refused', 'It was refused', { kind: 'refused', hint: 'Ask again.' })
        },
      })
      const id = await insert()
      await queue.dispatch(organizationId, id, queueName)
      await waitForStatus(id, 'failed')
      await systemClock.sleep(800)
      expect(calls).toBe(1)
      const error = { code: 'test.refused', message: 'It was refused', hint: 'Ask again.', retryable: false }
      expect(await readRow(id)).toMatchObject({ attempts: 1, error })
      expect(await metrics.queueJobs.get()).toMatchObject({
        values: expect.arrayContaining([
          { labels: { queue: queueName, outcome: 'failed' }, value: expect.any(Number) },
        ]),
      })
    })

    test('an entry without a row, or of another organization, is dropped', async () => {
      const queue = await openQueue()
      const other = await addOrganization(database, 'Other')
      const done: JobId[] = []
      await queue.start({ [queueName]: async (job) => void done.push(job.id) })
      await queue.dispatch(organizationId, newId(), queueName)
      const future = await insert({ runAt: new Date(Date.now() + 3_600_000) })
      await queue.dispatch(other, future, queueName)
      const id = await insert()
      await queue.dispatch(organizationId, id, queueName)
      await waitForStatus(id, 'succeeded')
      expect(done).toEqual([id])
      expect((await readRow(future)).status).toBe('queued')
    })

    test('stop waits for the jobs in hand and takes no more', async () => {
      const queue = await openQueue()
      const begun = Promise.withResolvers<void>()
      await queue.start(
        {
          [queueName]: async () => {
            begun.resolve()
            await systemClock.sleep(400)
          },
        },
        { concurrency: 1 },
      )
      const [first, second] = [await insert(), await insert()]
      await queue.dispatch(organizationId, first, queueName)
      await queue.dispatch(organizationId, second, queueName)
      await begun.promise
      await queue.stop()
      expect((await readRow(first)).status).toBe('succeeded')
      expect(await readRow(second)).toMatchObject({ status: 'queued', attempts: 0 })
      const next = await openQueue()
      await next.start({ [queueName]: async () => {} })
      await waitForStatus(second, 'succeeded')
    })

    test('after the grace period stop tells the handlers, and what they give up goes back unharmed', async () => {
      const queue = await openQueue({ graceMs: 200 })
      const begun = Promise.withResolvers<void>()
      await queue.start({
        [queueName]: async (_job, signal) => {
          begun.resolve()
          await systemClock.sleep(60_000, signal)
        },
      })
      const id = await insert()
      await queue.dispatch(organizationId, id, queueName)
      await begun.promise
      await queue.stop()
      expect(await readRow(id)).toMatchObject({ status: 'queued', attempts: 0, error: null })
      const next = await openQueue()
      await next.start({ [queueName]: async () => {} })
      await waitForStatus(id, 'succeeded')
    })

    test('stop returns also where a handler does not', async () => {
      const queue = await openQueue({ graceMs: 200, abortMs: 200 })
      const begun = Promise.withResolvers<void>()
      const held = Promise.withResolvers<void>()
      await queue.start({
        [queueName]: async () => {
          begun.resolve()
          await held.promise
        },
      })
      const id = await insert()
      await queue.dispatch(organizationId, id, queueName)
      await begun.promise
      const from = Date.now()
      await queue.stop()
      expect(Date.now() - from).toBeLessThan(3_000)
      const next = await openQueue()
      await next.start({ [queueName]: async () => {} })
      await waitForStatus(id, 'succeeded')
      expect((await readRow(id)).attempts).toBe(2)
      held.resolve()
    })

    test('health tells what the backend holds', async () => {
      const queue = await openQueue()
      const runAt = new Date(Date.now() + 3_600_000)
      await queue.dispatch(organizationId, await insert({ runAt }), queueName, { runAt })
      const health = await queue.health()
      expect(health).toMatchObject({ isUp: true, error: undefined })
      expect(health.counts[queueName]?.delayed).toBeGreaterThan(0)
    })

    test.skipIf(kind === 'embedded')('a job whose worker process is killed is finished by another', async () => {
      const child = spawn(
        execPath,
        [
          fileURLToPath(new URL('queue-worker-child.ts', import.meta.url)),
          database.databaseUrl ?? '',
          ...(onRedis ? [redisUrl ?? '', redisPrefix] : []),
        ],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      )
      const lines = createInterface({ input: child.stdout })
      await once(lines, 'line')
      const queue = await openQueue()
      const id = await insert()
      const started = once(lines, 'line')
      await queue.dispatch(organizationId, id, queueName)
      expect(await started).toEqual([id])
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
      expect(await readRow(id)).toMatchObject({ status: 'active', attempts: 1 })
      const attempts: number[] = []
      await queue.start({ [queueName]: async (job) => void attempts.push(job.attempts) })
      await waitForStatus(id, 'succeeded')
      expect(attempts).toEqual([2])
    })

    test.skipIf(kind === 'embedded' || onRedis)('a worker whose connections were cut works on', async () => {
      const queue = await openQueue({ reconcileMs: 60_000 })
      await queue.start({ [queueName]: async () => {} })
      const first = await insert()
      await queue.dispatch(organizationId, first, queueName)
      await waitForStatus(first, 'succeeded')
      await sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name <> 'neonhub' and pid <> pg_backend_pid()
      `.execute(database.kysely)
      const second = await insert()
      await vi.waitFor(async () => {
        await queue.dispatch(organizationId, second, queueName)
        await waitForStatus(second, 'succeeded', 500)
      }, 10_000)
    })

    async function loseEntries(): Promise<void> {
      if (onRedis) await dropRedisKeys(redisPrefix)
      else await sql`delete from bullmq.job`.execute(database.kysely)
    }
  })
}

async function dropRedisKeys(prefix: string): Promise<void> {
  const redis = new Redis(redisUrl ?? '')
  const keys = await redis.keys(`${prefix}:*`)
  if (keys.length > 0) await redis.del(...keys)
  await redis.quit()
}

test('a Redis that is down stops neither a dispatch nor the opening of the queue', async () => {
  const database = await openTestDatabase('embedded')
  const organizationId = await addOrganization(database)
  const queue = await createQueue({
    database,
    redisUrl: 'redis://127.0.0.1:1',
    logger,
    metrics: createMetrics(),
    clock: systemClock,
    timing: { ...impatient, backendTimeoutMs: 300 },
  })
  const id = await withTenant(database, organizationId, (tx) => addJob(tx, { queue: queueName }))
  await queue.dispatch(organizationId, id, queueName)
  expect(await queue.health()).toMatchObject({ backend: 'redis', isUp: false, counts: {} })
  await queue.stop()
  const row = await withSystem(database, (tx) => tx.selectFrom('agent_jobs').select('status').executeTakeFirstOrThrow())
  expect(row.status).toBe('queued')
  await database.close()
})
