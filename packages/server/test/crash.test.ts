/**
 * Workers in processes of their own on a real PostgreSQL, killed with -9 and stopped longer than their lease, against
 * providers that keep count: what was sent, per call. For each class of effect and each instant of a call.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { execPath } from 'node:process'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SMTPServer } from 'smtp-server'
import { systemClock } from '../src/base/clock.ts'
import { parseConfig } from '../src/base/config.ts'
import { asId, newId, type OrganizationId, type RunId } from '../src/base/ids.ts'
import { createLogger } from '../src/base/log.ts'
import { createMetrics } from '../src/base/metrics.ts'
import { type Database, openDatabase, sql, type TenantTx, withTenant } from '../src/db/index.ts'
import { createLlm } from '../src/llm/index.ts'
import { createQueue, type Queue } from '../src/queue/index.ts'
import { addConnection, createRuntime, type Runtime } from '../src/runtime/index.ts'
import { caller } from './crash-agent.ts'
import { addOrganization, createServerDatabase, dropServerDatabase, serverUrl } from './database.ts'
import { openNetwork } from './open-network.ts'
import { impatient } from './queue-timing.ts'

const leaseMs = 2_000
const classes = {
  read: 'slack.listChannels',
  idempotent: 'webhook.deliver',
  lookup: 'slack.postMessage',
  once: 'email.send',
} as const
type Effect = keyof typeof classes
/** `in call`: the provider has it, and has not answered. `after answer`: it has answered, nothing is written yet. */
const instants = ['before call', 'in call', 'after answer'] as const

/** What providers were sent, and how they answer just now. */
class Providers {
  /** Effects that a provider carried out, by the mark in their text. */
  readonly effects: string[] = []
  /** Every call that arrived, carried out or not. */
  calls = 0
  /** Called when a call has arrived; its answer waits for it. */
  onCall: (() => Promise<void>) | undefined
  readonly #posted: { ts: string; text: string; metadata: unknown }[] = []
  readonly #webhooks = new Set<string>()
  readonly http = createServer(async (request, response) => {
    const body = await text(request)
    const path = request.url ?? ''
    const reply = (value: object) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
    if (path.endsWith('/conversations.history')) return reply({ ok: true, messages: this.#posted })
    this.calls += 1
    if (path.endsWith('/chat.postMessage')) {
      const form = new URLSearchParams(body)
      const message = {
        ts: `17000000${String(this.#posted.length).padStart(2, '0')}.000100`,
        text: form.get('text') ?? '',
        metadata: JSON.parse(form.get('metadata') ?? 'null'),
      }
      this.#posted.push(message)
      this.effects.push(message.text)
      await this.onCall?.()
      return reply({ ok: true, channel: 'C0123456789', ts: message.ts })
    }
    if (path.endsWith('/conversations.list')) {
      await this.onCall?.()
      return reply({ ok: true, channels: [] })
    }
    // As Standard Webhooks asks of a receiver: a second event with the same id is dropped.
    const id = String(request.headers['webhook-id'])
    if (!this.#webhooks.has(id)) this.effects.push(JSON.parse(body).data.mark)
    this.#webhooks.add(id)
    await this.onCall?.()
    response.writeHead(204).end()
  })
  readonly smtp = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    logger: false,
    onData: (stream, session, done) => {
      stream.resume()
      stream.on('end', async () => {
        this.calls += 1
        this.effects.push(session.envelope.rcptTo[0]?.address.split('@')[0] ?? '')
        await this.onCall?.()
        done()
      })
    },
  })

  async listen(): Promise<{ readonly url: string; readonly smtpPort: number }> {
    this.smtp.on('error', () => {})
    await new Promise<void>((resolve) => this.http.listen(0, '127.0.0.1', resolve))
    await new Promise<void>((resolve) => this.smtp.listen(0, '127.0.0.1', resolve))
    return { url: `http://127.0.0.1:${portOf(this.http)}`, smtpPort: portOf(this.smtp.server) }
  }

  async close(): Promise<void> {
    this.http.closeAllConnections()
    await new Promise((resolve) => this.http.close(resolve))
    await new Promise<void>((resolve) => this.smtp.close(resolve))
  }
}

function portOf(server: { address: () => unknown }): number {
  const address = server.address()
  return typeof address === 'object' && address !== null && 'port' in address ? Number(address.port) : 0
}

describe.skipIf(serverUrl === undefined)('workers that are killed or stopped, on a PostgreSQL server', () => {
  const masterKey = randomBytes(32)
  const providers = new Providers()
  const workers = new Set<ChildProcess>()
  let databaseUrl: string
  let database: Database
  let queue: Queue
  let runtime: Runtime
  let organizationId: OrganizationId
  /** What the whole file found, printed at its end. */
  const found = { calls: 0, repeated: 0, missing: 0, unknown: 0 }

  beforeAll(async () => {
    const { url, smtpPort } = await providers.listen()
    databaseUrl = await createServerDatabase()
    const logger = createLogger({ level: 'fatal' })
    const metrics = createMetrics()
    database = await openDatabase({ databaseUrl, dataDir: undefined, logger })
    queue = await createQueue({ database, redisUrl: undefined, logger, metrics, clock: systemClock, timing: impatient })
    runtime = createRuntime({
      database,
      queue,
      llm: createLlm({ config: parseConfig({}).llm, clock: systemClock }),
      agents: new Map([[caller.name, caller]]),
      clock: systemClock,
      logger,
      metrics,
      ...openNetwork,
      publicUrl: 'http://localhost:3000',
      masterKey,
      mockConnectors: false,
    })
    organizationId = await addOrganization(database)
    const from = { name: 'Test', address: 'test@example.com' }
    const connections = [
      ['webhook', { url }, { secret: `whsec_${Buffer.alloc(32, 7).toString('base64')}` }],
      ['slack', { apiUrl: `${url}/api/` }, { botToken: 'xoxb-test' }],
      ['email', { host: '127.0.0.1', port: smtpPort, security: 'none', from }, undefined],
    ] as const
    for (const [connector, settings, credentials] of connections) {
      await withTenant(database, organizationId, (tx) =>
        addConnection(tx, masterKey, { connector, name: connector, mode: 'real', settings, credentials }),
      )
    }
  })
  afterAll(async () => {
    for (const worker of workers) worker.kill('SIGKILL')
    await queue.stop()
    await database.close()
    await dropServerDatabase(databaseUrl)
    await providers.close()
    process.stdout.write(`crash: ${JSON.stringify(found)}\n`)
  })

  const startWorker = async () => {
    const file = fileURLToPath(new URL('crash-worker-child.ts', import.meta.url))
    const worker = spawn(execPath, [file, databaseUrl, masterKey.toString('hex'), String(leaseMs)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    workers.add(worker)
    worker.once('exit', () => workers.delete(worker))
    await new Promise<void>((resolve, reject) => {
      worker.stdout?.once('data', () => resolve())
      worker.once('exit', () => reject(new Error('the worker ended before it was ready')))
    })
    return worker
  }
  const stopWorkers = async () => {
    await Promise.all(
      [...workers].map(
        (worker) =>
          new Promise((resolve) => {
            worker.once('exit', resolve)
            worker.kill('SIGKILL')
          }),
      ),
    )
  }
  const startRun = async (effect: Effect, { isDry = false }: { readonly isDry?: boolean } = {}) => {
    const mark = `mark-${newId()}`
    const { runId } = await runtime.startRun(organizationId, {
      agent: 'Caller',
      intent: 'call',
      input: { tool: classes[effect], mark },
      requestedBy: 'cli',
      approveAll: true,
      ...(isDry ? { dryRun: { stubReads: false } } : {}),
    })
    return { runId, mark, effect }
  }
  const execution = (runId: RunId) =>
    withTenant(database, organizationId, (tx) =>
      tx.selectFrom('tool_executions').selectAll().where('run_id', '=', runId).executeTakeFirstOrThrow(),
    )
  const sentTimes = (mark: string) => providers.effects.filter((effect) => effect === mark).length

  /** Waits for a run's end and holds the ledger against what the provider counted. */
  const assertOnce = async ({ runId, mark, effect }: Awaited<ReturnType<typeof startRun>>) => {
    const status = await runtime.waitForRun(organizationId, runId, { timeoutMs: 25_000 })
    const row = await execution(runId)
    const times = sentTimes(mark)
    found.calls += 1
    if (times > 1) found.repeated += 1
    if (row.status === 'unknown') found.unknown += 1
    if (row.status !== 'unknown' && effect !== 'read' && times === 0) found.missing += 1
    if (effect === 'once' && row.status === 'unknown') {
      expect(status).toBe('waiting')
      expect(times).toBeLessThanOrEqual(1)
    } else {
      expect({ status, row: row.status }).toEqual({ status: 'succeeded', row: 'succeeded' })
      expect(times).toBe(effect === 'read' ? 0 : 1)
    }
  }

  /** Takes a trigger away. It lets go and tries again, since sessions of killed workers may hold what it waits for. */
  const dropTrigger = async (name: string) => {
    await expect
      .poll(
        () =>
          database.kysely.transaction().execute(async (tx) => {
            await sql`set local lock_timeout = '200ms'`.execute(tx)
            await sql.raw(`drop trigger ${name} on tool_executions`).execute(tx)
          }),
        { timeout: 10_000 },
      )
      .toBe(undefined)
  }
  /** Puts a trigger in front of a write, by which a worker that comes there waits for the lock that this takes. */
  const holdWrites = async (condition: string) => {
    const { promise: over, resolve } = Promise.withResolvers<void>()
    const held = Promise.withResolvers<void>()
    await sql`
      create or replace function test_hold() returns trigger language plpgsql as $$
      begin perform pg_advisory_xact_lock(42); return new; end $$
    `.execute(database.kysely)
    await sql
      .raw(
        `create trigger test_hold before update on tool_executions for each row when (${condition}) execute function test_hold()`,
      )
      .execute(database.kysely)
    const transaction = database.kysely.transaction().execute(async (tx) => {
      await sql`select pg_advisory_xact_lock(42)`.execute(tx)
      held.resolve()
      await over
    })
    await held.promise
    return async () => {
      resolve()
      await transaction
      await dropTrigger('test_hold')
    }
  }
  const countHeldUp = async () => {
    const { rows } = await sql`select from pg_locks where locktype = 'advisory' and objid = 42 and not granted`.execute(
      database.kysely,
    )
    return rows.length
  }
  const isHeldUp = async () => (await countHeldUp()) > 0

  for (const effect of ['read', 'idempotent', 'lookup', 'once'] as const) {
    test(`a call of the class ${effect}, its worker killed before, in, and after it`, { timeout: 60_000 }, async () => {
      for (const instant of instants) {
        const victim = await startWorker()
        let release = async () => {}
        const arrived = Promise.withResolvers<void>()
        if (instant === 'after answer') release = await holdWrites(`new.status in ('succeeded', 'unknown')`)
        if (instant === 'in call') {
          providers.onCall = async () => {
            arrived.resolve()
            await sleep(60_000, undefined, { ref: false })
          }
        }
        const run = await startRun(effect)
        if (instant === 'in call') await arrived.promise
        else if (instant === 'after answer') await expect.poll(isHeldUp, { timeout: 10_000 }).toBe(true)
        else await expect.poll(() => hasStep(run.runId), { interval: 1, timeout: 10_000 }).toBe(true)
        victim.kill('SIGKILL')
        providers.onCall = undefined
        await release()
        await startWorker()
        await assertOnce(run)
        await stopWorkers()
      }
    })
  }

  const hasStep = async (runId: RunId) => {
    const rows = await withTenant(database, organizationId, (tx) =>
      tx.selectFrom('run_steps').select('key').where('run_id', '=', runId).execute(),
    )
    return rows.length > 0
  }

  test('a worker that is stopped in mid-call beyond its lease repeats nothing and writes nothing', async () => {
    const zombie = await startWorker()
    let arrived = 0
    providers.onCall = async () => {
      arrived += 1
      await sleep(60_000, undefined, { ref: false })
    }
    const runs = await Promise.all(
      (['read', 'idempotent', 'lookup', 'once'] as const).map((effect) => startRun(effect)),
    )
    await expect.poll(() => arrived, { timeout: 15_000 }).toBe(4)
    zombie.kill('SIGSTOP')
    providers.onCall = undefined
    await startWorker()
    await Promise.all(runs.map(assertOnce))
    const before = await journalOf(runs.map(({ runId }) => runId))
    const { calls } = providers
    zombie.kill('SIGCONT')
    await sleep(1_500)
    expect(await journalOf(runs.map(({ runId }) => runId))).toEqual(before)
    expect(providers.calls).toBe(calls)
    await stopWorkers()
  })

  test('a worker that is stopped between the ledger and the call sends nothing when it goes on', async () => {
    const zombie = await startWorker()
    const release = await holdCommits()
    const run = await startRun('lookup')
    await expect.poll(isHeldUp, { timeout: 10_000 }).toBe(true)
    zombie.kill('SIGSTOP')
    // The row is durable and the worker has not read the answer: it would send at once where it goes on.
    await release()
    await startWorker()
    await assertOnce(run)
    zombie.kill('SIGCONT')
    await sleep(1_500)
    expect(sentTimes(run.mark)).toBe(1)
    await stopWorkers()
  })

  test('a worker that is stopped within a transaction keeps nobody from its run', async () => {
    const zombie = await startWorker()
    const release = await holdWrites(`new.status = 'succeeded'`)
    const run = await startRun('idempotent')
    await expect.poll(isHeldUp, { timeout: 10_000 }).toBe(true)
    zombie.kill('SIGSTOP')
    // Its statement is carried out now and its transaction stays open, with the run's row locked.
    await release()
    await startWorker()
    await assertOnce(run)
    await stopWorkers()
  })

  /** Holds transactions that write a new execution at their commit. */
  const holdCommits = async () => {
    const release = await holdWrites('false')
    await sql`
      create constraint trigger test_hold_commit after insert on tool_executions deferrable initially deferred
      for each row execute function test_hold()
    `.execute(database.kysely)
    return async () => {
      await release()
      await dropTrigger('test_hold_commit')
    }
  }

  /** Everything that a run has on record, as text. */
  const journalOf = (runIds: readonly RunId[]) =>
    withTenant(database, organizationId, async (tx) => {
      const runs = await tx.selectFrom('agent_runs').selectAll().where('id', 'in', runIds).orderBy('id').execute()
      const rows = await tx
        .selectFrom('tool_executions')
        .selectAll()
        .where('run_id', 'in', runIds)
        .orderBy('id')
        .execute()
      const steps = await tx
        .selectFrom('run_steps')
        .selectAll()
        .where('run_id', 'in', runIds)
        .orderBy('run_id')
        .orderBy('sequence')
        .execute()
      return JSON.stringify([runs, rows, steps])
    })

  test(
    'a dry run reaches no provider, its worker killed before, in, and after what is written of its call',
    { timeout: 180_000 },
    async () => {
      const { calls } = providers
      for (const instant of instants) {
        const victim = await startWorker()
        const release = instant === 'in call' ? await holdCommits() : async () => {}
        const runs = await Promise.all(
          (['idempotent', 'lookup', 'once'] as const).map((effect) => startRun(effect, { isDry: true })),
        )
        const isThere = async ({ runId }: (typeof runs)[number]) =>
          instant === 'before call'
            ? hasStep(runId)
            : (await withTenant(database, organizationId, (tx) => countExecutions(tx, runId))) > 0
        const areThere = async () =>
          instant === 'in call'
            ? (await countHeldUp()) === runs.length
            : (await Promise.all(runs.map(isThere))).every(Boolean)
        await expect.poll(areThere, { interval: 1, timeout: 10_000 }).toBe(true)
        victim.kill('SIGKILL')
        await release()
        await startWorker()
        for (const { runId, mark } of runs) {
          const status = await runtime.waitForRun(organizationId, runId, { timeoutMs: 25_000 })
          expect({ status, row: (await execution(runId)).status }).toEqual({ status: 'succeeded', row: 'simulated' })
          expect(sentTimes(mark)).toBe(0)
        }
        await stopWorkers()
      }
      expect(providers.calls).toBe(calls)
    },
  )

  const countExecutions = async (tx: TenantTx, runId: RunId) =>
    (await tx.selectFrom('tool_executions').select('id').where('run_id', '=', runId).execute()).length

  test('every connection cut in mid-run, again and again: all runs end, each call made once', async () => {
    await startWorker()
    const runs = await Promise.all(Array.from({ length: 12 }, () => startRun('idempotent')))
    for (let cut = 0; cut < 5; cut += 1) {
      await sleep(150)
      await sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name = 'neonhub' and pid <> pg_backend_pid()
      `.execute(database.kysely)
    }
    await Promise.all(
      runs.map(async ({ runId, mark }) => {
        const status = await runtime.waitForRun(organizationId, asId(runId), { timeoutMs: 25_000 })
        expect(status).toBe('succeeded')
        expect(sentTimes(mark)).toBe(1)
      }),
    )
    await stopWorkers()
  })
})
