import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { systemClock } from '../src/base/clock.ts'
import type { JobId, OrganizationId } from '../src/base/ids.ts'
import { createLogger } from '../src/base/log.ts'
import { createMetrics } from '../src/base/metrics.ts'
import { type Database, jsonb, withTenant } from '../src/db/index.ts'
import { addJob, createQueue, forkApart, type JobRow, type Queue, type QueueTiming } from '../src/queue/index.ts'
import { addOrganization, openTestDatabase, serverUrl } from './database.ts'
import { impatient } from './queue-timing.ts'
import { startServer } from './running-server.ts'

const children = new URL('apart-child.ts', import.meta.url)
const unhurried = { ...impatient, abandonedMs: 5_000, patienceMs: 60_000, reconcileMs: 300, roomMs: 20_000 }

describe.skipIf(serverUrl === undefined)('a job that has taken workers down', () => {
  let database: Database
  let organizationId: OrganizationId
  let folder: string
  const opened: Queue[] = []

  beforeEach(async () => {
    database = await openTestDatabase('server')
  })
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'apart-'))
  })
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((queue) => queue.stop()))
    await database.close()
  })
  afterAll(async () => {
    await rm(folder, { recursive: true })
  })

  /** A worker with these jobs waiting, each of which has taken three workers down; `done` are those that it did itself. */
  async function work(
    payloads: readonly string[],
    { child = children, ...timing }: Partial<QueueTiming> & { readonly child?: URL } = {},
  ) {
    organizationId = await addOrganization(database)
    const ids = await withTenant(database, organizationId, async (tx) => {
      const added: JobId[] = []
      for (const payload of payloads) {
        const id = await addJob(tx, { queue: 'agent.run' })
        added.push(id)
        const lost = { attempts: 3, payload: jsonb(payload) }
        await tx.updateTable('agent_jobs').set(lost).where('id', '=', id).execute()
      }
      return added
    })
    const queue = await createQueue({
      database,
      redisUrl: undefined,
      logger: createLogger({ level: 'silent' }),
      metrics: createMetrics(),
      clock: systemClock,
      timing: { ...unhurried, ...timing },
    })
    opened.push(queue)
    const done: JobRow[] = []
    const file = join(folder, `${organizationId}`)
    await queue.start(
      { 'agent.run': async (job) => void done.push(job) },
      { concurrency: 4, apart: forkApart(child, [database.databaseUrl ?? '', file]) },
    )
    const add = async () => {
      const id = await withTenant(database, organizationId, (tx) => addJob(tx, { queue: 'agent.run' }))
      await queue.dispatch(organizationId, id, 'agent.run')
    }
    return { queue, ids, done, add, readLines: async () => (await readFile(file, 'utf8').catch(() => '')).split('\n') }
  }

  const readJob = (id: JobId | undefined) =>
    withTenant(database, organizationId, (tx) =>
      tx
        .selectFrom('agent_jobs')
        .select(['status', 'attempts', 'is_alone', 'is_apart', 'worker_id', 'error'])
        .where('id', '=', id ?? '')
        .executeTakeFirst(),
    )
  const soon = { timeout: 15_000, interval: 20 }

  test('is done by a process of its own, and the worker goes on with others meanwhile', async () => {
    const { queue, ids, done, add, readLines } = await work(['stay'])
    await vi.waitFor(async () => expect((await readLines()).length).toBe(2), soon)
    const [pid] = await readLines()
    expect(Number(pid)).not.toBe(process.pid)
    const job = await readJob(ids[0])
    expect(job).toMatchObject({ status: 'active', attempts: 4, is_alone: true, is_apart: true })
    expect(job?.worker_id).not.toBe(queue.workerId)
    await add()
    await vi.waitFor(() => expect(done.length).toBe(1), soon)
    // It renews what it has.
    await systemClock.sleep(1_500)
    expect(await readJob(ids[0])).toMatchObject({ status: 'active', attempts: 4 })
    // And gives it back when the worker stops.
    await queue.stop()
    expect(await readLines()).toEqual([pid, 'stopped', ''])
    expect(await readJob(ids[0])).toMatchObject({ status: 'queued', attempts: 3 })
    expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH')
  })

  test('follows another such job, and takes no worker down', { timeout: 30_000 }, async () => {
    const { ids, done, add, readLines } = await work(['die', 'end', 'end'], { abandonedMs: 600_000 })
    await vi.waitFor(async () => expect((await readLines()).length).toBe(4), soon)
    expect(new Set(await readLines()).size).toBe(4)
    await vi.waitFor(
      async () => expect(await readJob(ids[2])).toMatchObject({ status: 'succeeded', attempts: 4 }),
      soon,
    )
    expect(await readJob(ids[1])).toMatchObject({ status: 'succeeded', attempts: 4 })
    // Whoever is killed from outside says nothing itself, and nobody waits until it counts as silent.
    await vi.waitFor(async () => expect(await readJob(ids[0])).toMatchObject({ status: 'parked' }), soon)
    expect((await readJob(ids[0]))?.error).toMatchObject({
      code: 'queue.process_ended',
      message: expect.stringMatching(/took its worker down .* with nothing else begun beside it: .* SIGKILL$/),
    })
    await add()
    await vi.waitFor(() => expect(done.length).toBe(1), soon)
  })

  test('need not wait for one that goes on for long', async () => {
    const { ids } = await work(['stay', 'end'], { aloneMs: 500 })
    await vi.waitFor(async () => expect(await readJob(ids[1])).toMatchObject({ status: 'succeeded' }), soon)
    expect(await readJob(ids[0])).toMatchObject({ status: 'active' })
  })

  test('is done here where no process can be started', async () => {
    const { queue, ids, done } = await work(['end'], { child: new URL('no-such-file.ts', import.meta.url) })
    await vi.waitFor(async () => expect(await readJob(ids[0])).toMatchObject({ status: 'succeeded' }), soon)
    // The start that came to nothing does not count.
    const own = { attempts: 4, worker_id: queue.workerId, is_alone: true, is_apart: false }
    expect(await readJob(ids[0])).toMatchObject(own)
    expect(done.length).toBe(1)
  })

  test('is done here, alone, once as many go on for long as may be', { timeout: 30_000 }, async () => {
    const { ids, done } = await work(['stay', 'stay', 'stay', 'stay', 'end'], { aloneMs: 300 })
    await vi.waitFor(async () => expect(await readJob(ids[4])).toMatchObject({ status: 'succeeded' }), soon)
    expect(done.map(({ id }) => id)).toEqual([ids[4]])
  })

  test('goes back as if it had not been started where the worker stops before it began', async () => {
    const { queue, ids, readLines } = await work(['end'])
    await vi.waitFor(async () => expect(await readJob(ids[0])).toMatchObject({ status: 'active' }), {
      timeout: 15_000,
      interval: 1,
    })
    // It counts as being alone with what takes it down from when it is there.
    expect(await readJob(ids[0])).toMatchObject({ is_alone: false, is_apart: true })
    await queue.stop()
    expect(await readLines()).toEqual([''])
    expect(await readJob(ids[0])).toMatchObject({ status: 'queued', attempts: 3 })
  })

  test('is done by a second process of the whole server', { timeout: 60_000 }, async () => {
    organizationId = await addOrganization(database)
    const server = await startServer({
      DATABASE_URL: database.databaseUrl ?? '',
      NEONHUB_DATA_DIR: folder,
      USE_MOCK_CONNECTORS: 'true',
    })
    try {
      const [lone, other] = await withTenant(database, organizationId, async (tx) => {
        const added = [await addJob(tx, { queue: 'agent.run' }), await addJob(tx, { queue: 'agent.run' })] as const
        await tx.updateTable('agent_jobs').set({ attempts: 3 }).where('id', '=', added[0]).execute()
        return added
      })
      await vi.waitFor(async () => expect(await readJob(other)).toMatchObject({ status: 'succeeded' }), soon)
      await vi.waitFor(async () => expect(await readJob(lone)).toMatchObject({ status: 'succeeded' }), soon)
      const [apart, here] = [await readJob(lone), await readJob(other)]
      expect(apart).toMatchObject({ attempts: 4, is_alone: true })
      expect(apart?.worker_id).not.toBe(here?.worker_id)
    } finally {
      await server.stop()
    }
  })
})
