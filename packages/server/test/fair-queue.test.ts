import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { execPath } from 'node:process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { systemClock } from '../src/base/clock.ts'
import { type JobId, newId, type OrganizationId } from '../src/base/ids.ts'
import { createLogger } from '../src/base/log.ts'
import { createMetrics } from '../src/base/metrics.ts'
import { type Database, sql, withTenant } from '../src/db/index.ts'
import { writeLastWords } from '../src/db/system.ts'
import { addJob, createQueue, type JobRow, type Queue, type QueueTiming } from '../src/queue/index.ts'
import { setLimit } from '../src/runtime/index.ts'
import type { RunPriority } from '../src/runtime/spec.ts'
import { addOrganization, type DatabaseKind, isMissing, openTestDatabase } from './database.ts'
import { impatient } from './queue-timing.ts'

const redisUrl = process.env['NEONHUB_TEST_REDIS_URL']
const logger = createLogger({ level: 'silent' })

const settings: readonly { readonly name: string; readonly kind: DatabaseKind; readonly onRedis: boolean }[] = [
  { name: 'embedded', kind: 'embedded', onRedis: false },
  { name: 'PostgreSQL', kind: 'server', onRedis: false },
  { name: 'Redis with rows in PostgreSQL', kind: 'server', onRedis: true },
]

/** Nothing is put back while a test looks at who comes first. */
const unhurried = { ...impatient, abandonedMs: 5_000, patienceMs: 60_000, reconcileMs: 60_000 }

for (const { name, kind, onRedis } of settings) {
  describe.skipIf(isMissing(kind) || (onRedis && redisUrl === undefined))(`turns on ${name}`, () => {
    const redisPrefix = `test-${newId()}`
    let database: Database
    const opened: Queue[] = []

    beforeAll(async () => {
      database = await openTestDatabase(kind)
    })
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((queue) => queue.stop()))
    })
    afterAll(async () => {
      if (onRedis) await dropKeys(redisPrefix)
      await database.close()
    })

    async function openQueue(timing: Partial<QueueTiming> = {}): Promise<Queue> {
      const queue = await createQueue({
        database,
        redisUrl: onRedis ? redisUrl : undefined,
        redisPrefix,
        logger,
        metrics: createMetrics(),
        clock: systemClock,
        timing: { ...unhurried, ...timing },
      })
      opened.push(queue)
      return queue
    }

    async function add(
      queue: Queue,
      organizationId: OrganizationId,
      { count, priority = 'normal' }: { readonly count: number; readonly priority?: RunPriority },
    ): Promise<readonly JobId[]> {
      const ids = await withTenant(database, organizationId, async (tx) => {
        const added: JobId[] = []
        for (let index = 0; index < count; index += 1) added.push(await addJob(tx, { queue: 'agent.run' }))
        await tx.updateTable('agent_jobs').set({ priority }).where('id', 'in', added).execute()
        return added
      })
      for (const id of ids) await queue.dispatch(organizationId, id, 'agent.run')
      return ids
    }

    const countQueued = (organizationId: OrganizationId) =>
      withTenant(database, organizationId, async (tx) => {
        const { rows } = await sql<{ count: number }>`
          select count(*)::int from agent_jobs where status <> 'succeeded'
        `.execute(tx)
        return rows[0]?.count
      })

    /** Runs as a worker has them in hand, whose leases lapse and whose jobs are overdue in so long. */
    const addHeld = (
      organizationId: OrganizationId,
      { count, leaseMs, overdueMs }: { readonly count: number; readonly leaseMs: number; readonly overdueMs: number },
    ) =>
      withTenant(database, organizationId, async (tx) => {
        const [agentId, workerId] = [newId(), newId()]
        const runIds = Array.from({ length: count }, () => newId())
        await sql`
          insert into agents (organization_id, id, name, kind) values (${organizationId}, ${agentId}, 'A', 'workflow')
        `.execute(tx)
        await sql`
          insert into agent_runs (
            organization_id, id, agent_id, agent, intent, root_run_id, status, input, input_hash, requested_by, lease_expires_at
          )
          select ${organizationId}, id, ${agentId}, 'A', 'i', id, 'running', '{}', 'x', 'cli',
            clock_timestamp() + make_interval(secs => ${leaseMs / 1_000}::float8)
          from unnest(${runIds}::uuid[]) id
        `.execute(tx)
        await sql`
          insert into agent_jobs (organization_id, id, queue, run_id, run_at, status, attempts, worker_id, check_at)
          select ${organizationId}, id, 'agent.run', id, now(), 'active', 1, ${workerId},
            clock_timestamp() + make_interval(secs => ${overdueMs / 1_000}::float8)
          from unnest(${runIds}::uuid[]) id
        `.execute(tx)
        return { runIds, workerId }
      })

    test('an organization that comes with one job need not wait for all of another', async () => {
      const queue = await openQueue()
      const [noisy, quiet] = [await addOrganization(database), await addOrganization(database)]
      await add(queue, noisy, { count: 60 })
      const done: OrganizationId[] = []
      await queue.start({ 'agent.run': async (job) => void done.push(job.organizationId) }, { concurrency: 1 })
      await vi.waitFor(() => expect(done.length).toBeGreaterThan(5), { timeout: 5_000, interval: 2 })
      await add(queue, quiet, { count: 1 })
      const before = done.length
      await vi.waitFor(() => expect(done).toContain(quiet), { timeout: 5_000, interval: 2 })
      expect(done.indexOf(quiet) - before).toBeLessThan(8)
      await vi.waitFor(async () => expect(await countQueued(noisy)).toBe(0), { timeout: 20_000 })
    })

    test('many organizations take turns, whatever each has brought', async () => {
      const queue = await openQueue()
      const noisy = await addOrganization(database)
      await add(queue, noisy, { count: 50 })
      const others = await Promise.all(Array.from({ length: 10 }, () => addOrganization(database)))
      for (const other of others) await add(queue, other, { count: 3 })
      const done: OrganizationId[] = []
      await queue.start(
        {
          'agent.run': async (job) => {
            done.push(job.organizationId)
            await systemClock.sleep(5)
          },
        },
        { concurrency: 1 },
      )
      await vi.waitFor(() => expect(done.length).toBe(80), { timeout: 20_000 })
      const last = Math.max(...others.map((other) => done.lastIndexOf(other)))
      // Three ways round of eleven, and what the two hands began with.
      expect(last).toBeLessThan(38)
    })

    test('within an organization the more urgent goes first, and then the older', async () => {
      const queue = await openQueue()
      const organizationId = await addOrganization(database)
      const bulk = await add(queue, organizationId, { count: 3, priority: 'bulk' })
      const normal = await add(queue, organizationId, { count: 3 })
      const interactive = await add(queue, organizationId, { count: 3, priority: 'interactive' })
      const done: JobId[] = []
      await queue.start({ 'agent.run': async (job) => void done.push(job.id) }, { concurrency: 1 })
      await vi.waitFor(() => expect(done.length).toBe(9), { timeout: 10_000 })
      expect(done).toEqual([...interactive, ...normal, ...bulk])
    })

    test('one organization fills the hands that were asked for, and another finds one free', async () => {
      const queue = await openQueue()
      const [noisy, quiet] = [await addOrganization(database), await addOrganization(database)]
      const held = Promise.withResolvers<void>()
      const begun: OrganizationId[] = []
      const handler = async ({ organizationId }: JobRow) => {
        begun.push(organizationId)
        if (organizationId === noisy) await held.promise
      }
      await add(queue, noisy, { count: 30 })
      await queue.start({ 'agent.run': handler }, { concurrency: 4 })
      await vi.waitFor(() => expect(begun.length).toBe(4), { timeout: 5_000 })
      await systemClock.sleep(300)
      expect(begun.length).toBe(4)
      await add(queue, quiet, { count: 1 })
      await vi.waitFor(() => expect(begun).toContain(quiet), { timeout: 3_000 })
      held.resolve()
      await vi.waitFor(async () => expect(await countQueued(noisy)).toBe(0), { timeout: 10_000 })
    })

    test('jobs of which the queue was never told are done by the hands that it woke', async () => {
      const queue = await openQueue()
      const organizationId = await addOrganization(database)
      const [first] = await withTenant(database, organizationId, (tx) =>
        Promise.all(Array.from({ length: 40 }, () => addJob(tx, { queue: 'agent.run' }))),
      )
      if (!first) throw new Error('nothing was added')
      const workers = [queue, await openQueue()]
      for (const worker of workers) await worker.start({ 'agent.run': async () => {} }, { concurrency: 2 })
      await queue.dispatch(organizationId, first, 'agent.run')
      await vi.waitFor(async () => expect(await countQueued(organizationId)).toBe(0), { timeout: 10_000 })
    })

    test('a run whose worker fell silent goes on when its lease lapses, and no hand waits for it before', async () => {
      const queue = await openQueue({ abandonedMs: 500 })
      const organizationId = await addOrganization(database)
      await addHeld(organizationId, { count: 1, leaseMs: 1_500, overdueMs: 300 })
      const lapsesAt = performance.now() + 1_500
      let begunAt = 0
      await queue.start({ 'agent.run': async () => void (begunAt = performance.now()) }, { concurrency: 1 })
      await vi.waitFor(() => expect(begunAt).toBeGreaterThan(0), { timeout: 10_000, interval: 5 })
      expect(begunAt - lapsesAt).toBeGreaterThan(-100)
      // Though nobody looks by itself for a minute.
      expect(begunAt - lapsesAt).toBeLessThan(3_000)
    })

    const word = { code: 'queue.loop_stood', message: 'the event loop stood', retryable: false }
    /** Leaves the jobs of an organization as workers do that went down with them so often, with or without a word. */
    const suspect = (organizationId: OrganizationId, attempts: number, told?: { readonly isCause: boolean }) =>
      withTenant(database, organizationId, (tx) =>
        tx
          .updateTable('agent_jobs')
          .set({ attempts, last_words: told ? JSON.stringify({ ...word, attempt: attempts, ...told }) : null })
          .execute(),
      )

    test.for([
      { attempts: 2, hasWord: true },
      { attempts: 3, hasWord: false },
      { attempts: 1, hasWord: true, isCause: true },
    ])(
      'a job that took down $attempts workers is done alone, and the others go on before and after it',
      async ({ attempts, hasWord, isCause = false }) => {
        const queue = await openQueue({ patienceMs: 200, reconcileMs: 300 })
        const [suspected, other] = [await addOrganization(database), await addOrganization(database)]
        const [suspectId] = await add(queue, suspected, { count: 1 })
        await suspect(suspected, attempts, hasWord ? { isCause } : undefined)
        await add(queue, other, { count: 30 })
        let active = 0
        const beside: number[] = []
        await queue.start(
          {
            'agent.run': async (job) => {
              active += 1
              await systemClock.sleep(20)
              if (job.id === suspectId) beside.push(active)
              active -= 1
            },
          },
          { concurrency: 8 },
        )
        await vi.waitFor(async () => expect(await countQueued(other)).toBe(0), { timeout: 10_000 })
        await vi.waitFor(async () => expect(await countQueued(suspected)).toBe(0), { timeout: 10_000 })
        expect(beside).toEqual([1])
      },
    )

    test('what was on when workers were killed twice, without a word, goes on in half of the hands at once', async () => {
      const queue = await openQueue()
      const organizationId = await addOrganization(database)
      await add(queue, organizationId, { count: 12 })
      await suspect(organizationId, 2)
      let [active, most] = [0, 0]
      const handler = async () => {
        active += 1
        most = Math.max(most, active)
        await systemClock.sleep(100)
        active -= 1
      }
      await queue.start({ 'agent.run': handler }, { concurrency: 8 })
      await vi.waitFor(async () => expect(await countQueued(organizationId)).toBe(0), { timeout: 10_000 })
      expect(most).toBe(4)
    })

    test('who makes room for a job waits no longer than it may, and others begin once that has gone on for a while', async () => {
      const queue = await openQueue({ roomMs: 600, aloneMs: 600 })
      const [long, suspected, other] = await Promise.all([1, 2, 3].map(() => addOrganization(database)))
      if (!long || !suspected || !other) throw new Error('there are three')
      const held = Promise.withResolvers<void>()
      const begun: OrganizationId[] = []
      const handler = async ({ organizationId }: JobRow) => {
        begun.push(organizationId)
        if (organizationId !== other) await held.promise
      }
      await add(queue, long, { count: 1 })
      await queue.start({ 'agent.run': handler }, { concurrency: 4 })
      await vi.waitFor(() => expect(begun).toEqual([long]), { timeout: 5_000 })
      const jobId = await withTenant(database, suspected, (tx) => addJob(tx, { queue: 'agent.run' }))
      await suspect(suspected, 3)
      await queue.dispatch(suspected, jobId, 'agent.run')
      await systemClock.sleep(300)
      await add(queue, other, { count: 1 })
      await vi.waitFor(() => expect(begun).toEqual([long, suspected]), { timeout: 3_000, interval: 5 })
      await systemClock.sleep(300)
      expect(begun).toEqual([long, suspected])
      await vi.waitFor(() => expect(begun).toEqual([long, suspected, other]), { timeout: 3_000 })
      held.resolve()
    })

    test.for([{ hasLimits: false }, { hasLimits: true }])(
      'while another process makes room, what need not be alone goes on here: limits $hasLimits',
      async ({ hasLimits }) => {
        const queue = await openQueue({ reconcileMs: 300, aloneMs: 300 })
        const [long, suspected] = [await addOrganization(database), await addOrganization(database)]
        if (hasLimits) {
          await withTenant(database, suspected, (tx) =>
            setLimit(tx, new Map(), { scope: 'organization', atOnce: 100, actor: 'cli' }),
          )
        }
        const held = Promise.withResolvers<void>()
        const begun: string[] = []
        const handler = async (job: JobRow) => {
          begun.push(job.id)
          if (job.organizationId === long) await held.promise
        }
        const [longId] = await add(queue, long, { count: 1 })
        await queue.start({ 'agent.run': handler }, { concurrency: 4 })
        await vi.waitFor(() => expect(begun).toEqual([longId]), { timeout: 5_000 })
        const lone = await withTenant(database, suspected, async (tx) => [
          await addJob(tx, { queue: 'agent.run' }),
          await addJob(tx, { queue: 'agent.run' }),
        ])
        await suspect(suspected, 3)
        await withTenant(database, suspected, (tx) =>
          sql`
            update agent_jobs set worker_id = ${newId()}, check_at = clock_timestamp() + interval '3 seconds'
            where organization_id = ${suspected} and id = ${lone[0]}
          `.execute(tx),
        )
        const others = await add(queue, suspected, { count: 6 })
        await vi.waitFor(() => expect(begun.toSorted()).toEqual([longId, ...others].toSorted()), { timeout: 2_500 })
        held.resolve()
        await vi.waitFor(async () => expect(await countQueued(suspected)).toBe(0), { timeout: 20_000 })
      },
    )

    test('a run is parked once a worker said why it went down with nothing beside it, and else after the fifth', async () => {
      const queue = await openQueue({ reconcileMs: 300 })
      const added = await Promise.all([1, 2, 3, 4, 5, 6].map(() => addOrganization(database)))
      const [told, beside, stale, silent, crowded, hopeless] = added
      if (!told || !beside || !stale || !silent || !crowded || !hopeless) throw new Error('there are six')
      const fresh = { ...word, attempt: 3, isCause: false }
      const lost: readonly [
        OrganizationId,
        { readonly attempts: number; readonly is_alone: boolean; readonly word?: object },
      ][] = [
        [told, { attempts: 3, is_alone: true, word: fresh }],
        [beside, { attempts: 3, is_alone: false, word: fresh }],
        [stale, { attempts: 4, is_alone: true, word: fresh }],
        [silent, { attempts: 5, is_alone: true }],
        [crowded, { attempts: 5, is_alone: false, word: { ...fresh, attempt: 5 } }],
        [hopeless, { attempts: 10, is_alone: false }],
      ]
      for (const [organizationId, { attempts, is_alone, word: last }] of lost) {
        await withTenant(database, organizationId, async (tx) => {
          await addJob(tx, { queue: 'agent.run' })
          await tx
            .updateTable('agent_jobs')
            .set({ attempts, is_alone, status: 'active', last_words: last === undefined ? null : JSON.stringify(last) })
            .execute()
          await sql`update agent_jobs set check_at = clock_timestamp() - interval '1 second'`.execute(tx)
        })
      }
      const readRow = (organizationId: OrganizationId) =>
        withTenant(database, organizationId, (tx) =>
          tx.selectFrom('agent_jobs').select(['status', 'attempts', 'error']).executeTakeFirst(),
        )
      await queue.start({ 'agent.run': async () => {} })
      for (const [organizationId, row] of [
        [beside, { status: 'succeeded', attempts: 4 }],
        [stale, { status: 'succeeded', attempts: 5 }],
        [crowded, { status: 'succeeded', attempts: 6 }],
        [hopeless, { status: 'parked' }],
        [
          silent,
          { status: 'parked', error: { message: expect.stringContaining('took its worker down 5 times in a row') } },
        ],
        [
          told,
          {
            status: 'parked',
            error: {
              code: 'queue.loop_stood',
              message:
                'The run took its worker down 3 times in a row, at last with nothing else begun beside it: the event loop stood',
            },
          },
        ],
      ] as const) {
        await vi.waitFor(async () => expect(await readRow(organizationId)).toMatchObject(row), { timeout: 10_000 })
      }
    })

    test.skipIf(kind === 'embedded')(
      'a word is left on the run whose turn it was, and on all where that is not known',
      async () => {
        const organizationId = await addOrganization(database)
        const { runIds, workerId } = await addHeld(organizationId, { count: 2, leaseMs: 60_000, overdueMs: 60_000 })
        const [cause = '', neighbour = ''] = runIds
        const databaseUrl = database.databaseUrl ?? ''
        const wordOf = (runId: string) =>
          withTenant(database, organizationId, async (tx) => {
            const query = tx.selectFrom('agent_jobs').select('last_words').where('run_id', '=', runId)
            return (await query.executeTakeFirstOrThrow()).last_words
          })
        expect(await writeLastWords(databaseUrl, { workerId, error: word, causeRunId: cause })).toEqual([cause])
        expect(await wordOf(cause)).toEqual({ ...word, attempt: 1, isCause: true })
        expect(await wordOf(neighbour)).toBeNull()
        const told = await writeLastWords(databaseUrl, { workerId, error: word, causeRunId: newId() })
        expect(told.toSorted()).toEqual([cause, neighbour].toSorted())
        expect(await wordOf(neighbour)).toEqual({ ...word, attempt: 1, isCause: false })
      },
    )

    test('nothing whose worker left a word begins beside what was to be alone, and everything else does', async () => {
      const queue = await openQueue({ aloneMs: 200 })
      const [lone, told, fresh] = await Promise.all([1, 2, 3].map(() => addOrganization(database)))
      if (!lone || !told || !fresh) throw new Error('there are three')
      const held = Promise.withResolvers<void>()
      const begun: OrganizationId[] = []
      const handler = async ({ organizationId }: JobRow) => {
        begun.push(organizationId)
        if (organizationId === lone) await held.promise
      }
      await add(queue, lone, { count: 1 })
      await suspect(lone, 2, { isCause: false })
      await queue.start({ 'agent.run': handler }, { concurrency: 8 })
      await vi.waitFor(() => expect(begun).toEqual([lone]), { timeout: 5_000, interval: 5 })
      await withTenant(database, told, (tx) => addJob(tx, { queue: 'agent.run' }))
      await suspect(told, 1, { isCause: false })
      await add(queue, fresh, { count: 1 })
      await vi.waitFor(() => expect(begun).toEqual([lone, fresh]), { timeout: 5_000 })
      await systemClock.sleep(300)
      expect(begun).toEqual([lone, fresh])
      held.resolve()
      await vi.waitFor(() => expect(begun).toEqual([lone, fresh, told]), { timeout: 5_000 })
    })

    test('what began nothing else beside it counts as alone until something does', async () => {
      const queue = await openQueue({ aloneMs: 300 })
      const [suspected, other] = [await addOrganization(database), await addOrganization(database)]
      await add(queue, suspected, { count: 1 })
      await suspect(suspected, 3)
      const held = Promise.withResolvers<void>()
      const isAlone = async () =>
        withTenant(database, suspected, async (tx) => {
          const row = await tx.selectFrom('agent_jobs').select(['status', 'is_alone']).executeTakeFirst()
          return row?.status === 'active' ? row.is_alone : undefined
        })
      await queue.start({ 'agent.run': () => held.promise }, { concurrency: 4 })
      await vi.waitFor(async () => expect(await isAlone()).toBe(true), { timeout: 5_000, interval: 5 })
      await add(queue, other, { count: 1 })
      await vi.waitFor(async () => expect(await isAlone()).toBe(false), { timeout: 5_000 })
      held.resolve()
    })

    test.skipIf(kind === 'embedded')(
      'the jobs of a killed worker are done by another, and no hand stays taken',
      async () => {
        const organizationId = await addOrganization(database)
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
        const queue = await openQueue({ ...impatient })
        const begun: string[] = []
        lines.on('line', (line) => begun.push(line))
        await add(queue, organizationId, { count: 40 })
        await vi.waitFor(() => expect(begun.length).toBe(10), { timeout: 5_000 })
        const exited = once(child, 'exit')
        child.kill('SIGKILL')
        await exited
        await queue.start({ 'agent.run': async () => {} }, { concurrency: 2 })
        await vi.waitFor(async () => expect(await countQueued(organizationId)).toBe(0), { timeout: 15_000 })
      },
    )
  })
}

async function dropKeys(prefix: string): Promise<void> {
  const redis = new Redis(redisUrl ?? '')
  const keys = await redis.keys(`${prefix}:*`)
  if (keys.length > 0) await redis.del(keys)
  redis.disconnect()
}
