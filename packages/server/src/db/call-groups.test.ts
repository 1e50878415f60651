import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addOrganization, databaseKinds, isMissing, openTestDatabase } from '../../test/database.ts'
import { newId, type OrganizationId, type RunId, type WorkerId } from '../base/ids.ts'
import { type GroupFunction, groupItem } from './call-groups.ts'
import { type Database, sql, withTenant } from './index.ts'

describe.each(databaseKinds)('what is written for many callers in one commit (%s)', (kind) => {
  let database: Database
  let organizationId: OrganizationId
  const workerId: WorkerId = newId()

  beforeAll(async () => {
    if (isMissing(kind)) return
    database = await openTestDatabase(kind)
    organizationId = await addOrganization(database)
  })
  afterAll(() => database?.close())

  const call = <Result>(
    name: GroupFunction,
    runId: RunId,
    properties: Readonly<Record<string, unknown>>,
    raw?: Readonly<Record<string, string>>,
  ) =>
    database.groups.call<Result>(name, {
      organizationId,
      runId,
      item: groupItem({ run_id: runId, ...properties }, raw),
    })
  const start = (runId: RunId, properties: Readonly<Record<string, unknown>> = {}) =>
    call<string>(
      'start_runs',
      runId,
      {
        job_id: newId(),
        agent_id: newId(),
        agent: 'Writer',
        agent_kind: 'workflow',
        intent: 'write',
        input_hash: 'x',
        requested_by: 'cli',
        approve_all: false,
        tainted: false,
        tries_drafts: false,
        patience_ms: 2_000,
        ...properties,
      },
      { input: '{}' },
    )
  const claim = (runId: RunId) =>
    call<{ readonly fence: number }>('claim_runs', runId, { worker_id: workerId, lease_ms: 60_000 })
  const step = (runId: RunId, key: string, properties: Readonly<Record<string, unknown>> = {}) =>
    call<number>(
      'record_steps',
      runId,
      {
        fence: 1,
        lease_ms: 60_000,
        key,
        kind: 'step',
        status: 'succeeded',
        started_at: new Date(),
        ...properties,
      },
      { output: 'null' },
    )
  const runsOf = async (count: number) => {
    const runIds = Array.from({ length: count }, (): RunId => newId())
    await Promise.all(runIds.map((runId) => start(runId)))
    await Promise.all(runIds.map(claim))
    return runIds
  }
  const read = <Row>(query: ReturnType<typeof sql<Row>>) =>
    withTenant(database, organizationId, async (tx) => (await query.execute(tx)).rows)

  test.skipIf(isMissing(kind))(
    'a hundred runs are started, claimed and taken a step in a few commits each',
    async () => {
      const runIds = await runsOf(100)
      const sequences = await Promise.all(runIds.map((runId) => step(runId, 'first')))
      expect(sequences).toEqual(runIds.map(() => 3))
      const [commits] = await read(sql<{ steps: number; runs: number }>`
      select count(distinct s.xmin::text)::int as steps, (
        select count(distinct xmin::text)::int from run_events where run_id = any(${runIds})
      ) as runs
      from run_steps s where run_id = any(${runIds})
    `)
      expect(commits?.steps).toBeLessThanOrEqual(3)
      expect(commits?.runs).toBeLessThanOrEqual(3)
      const rows = await read(sql<{ output: unknown; is_null: boolean }>`
      select distinct output, output is null as is_null from run_steps where run_id = any(${runIds})
    `)
      expect(rows).toEqual([{ output: null, is_null: false }])
    },
  )

  test.skipIf(isMissing(kind))('an item that is refused takes none of its company with it', async () => {
    const [bad, ...good] = await runsOf(5)
    if (!bad) throw new Error('no run')
    const written = await Promise.allSettled([
      step(bad, 'first', { kind: 'no such kind' }),
      ...good.map((runId) => step(runId, 'first')),
    ])
    expect(written.map(({ status }) => status)).toEqual([
      'rejected',
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'fulfilled',
    ])
    expect(written[0]).toMatchObject({ reason: { message: expect.stringContaining('no such kind') } })
    // A step that is finished is not written over, and says so to its own caller alone.
    const again = await Promise.allSettled([
      ...good.map((runId) => step(runId, 'second')),
      step(good[0] ?? bad, 'first'),
    ])
    expect(again.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'fulfilled', 'rejected'])
    expect(again[4]).toMatchObject({ reason: { code: '23505' } })
    // By itself a step is written by a statement of its own.
    const [alone] = good
    if (!alone) throw new Error('no run')
    await expect(step(alone, 'second')).rejects.toMatchObject({ code: '23505' })
    await expect(step(alone, 'second', { is_first_attempt: true })).rejects.toMatchObject({ code: '23505' })
    expect(await step(alone, 'third', { status: 'failed' })).toBe(5)
    expect(await step(alone, 'third')).toBe(6)
    expect(await read(sql`select status, attempt from run_steps where run_id = ${alone} and key = 'third'`)).toEqual([
      { status: 'succeeded', attempt: 2 },
    ])
  })

  test.skipIf(isMissing(kind))('steps of one run at one moment follow each other without a gap', async () => {
    const [runId] = await runsOf(1)
    if (!runId) throw new Error('no run')
    const sequences = await Promise.all(['a', 'b', 'c', 'd'].map((key) => step(runId, key)))
    expect(sequences.toSorted()).toEqual([3, 4, 5, 6])
  })

  test.skipIf(isMissing(kind))('a fence that is not the newest writes nothing, beside ones that are', async () => {
    const [old, ...others] = await runsOf(3)
    if (!old) throw new Error('no run')
    const written = await Promise.all([
      step(old, 'first', { fence: 0 }),
      ...others.map((runId) => step(runId, 'first')),
    ])
    expect(written).toEqual([undefined, 3, 3])
    expect(await claim(old)).toBeUndefined()
  })

  test.skipIf(isMissing(kind))('whoever waits is told of each run what became of it', async () => {
    const runIds = await runsOf(3)
    const queued: RunId = newId()
    await start(queued)
    const asked = [...runIds, queued, newId<'run'>()]
    const statuses = await Promise.all(asked.map((runId) => call<string>('run_statuses', runId, {})))
    expect(statuses).toEqual(['running', 'running', 'running', 'queued', undefined])
  })

  test.skipIf(isMissing(kind))('one idempotency key starts one run, however many ask at once', async () => {
    const key = `key-${newId()}`
    const results = await Promise.all(Array.from({ length: 20 }, () => start(newId(), { key, request_hash: 'h' })))
    expect(results.filter((result) => result === 'made')).toHaveLength(1)
    expect(await start(newId(), { key, request_hash: 'h' })).toBe('earlier')
    expect(await read(sql`select from run_idempotency_keys where key = ${key}`)).toHaveLength(1)
  })

  test.skipIf(isMissing(kind))('a paused agent and an unknown brand start nothing', async () => {
    await runsOf(1)
    await read(sql`insert into agents (organization_id, id, name, kind, status)
      values (${organizationId}, ${newId()}, 'Paused', 'workflow', 'paused') returning id`)
    const [paused, unknown, made] = [newId<'run'>(), newId<'run'>(), newId<'run'>()]
    expect(
      await Promise.all([start(paused, { agent: 'Paused' }), start(unknown, { brand: 'nobody' }), start(made)]),
    ).toEqual(['paused', 'brand_unknown', 'made'])
    expect(await read(sql`select id from agent_runs where id = any(${[paused, unknown, made]})`)).toEqual([
      { id: made },
    ])
  })

  test.skipIf(kind === 'embedded' || isMissing(kind))(
    'runs that somebody else holds keep no others waiting, beside them or behind them',
    async () => {
      const runIds = await runsOf(12)
      const held = runIds.slice(0, 4)
      const others = runIds.slice(4)
      const isOver = Promise.withResolvers<void>()
      const isLocked = Promise.withResolvers<void>()
      const holder = withTenant(database, organizationId, async (tx) => {
        await sql`select from agent_runs where id = any(${held}) for update`.execute(tx)
        isLocked.resolve()
        await isOver.promise
      })
      await isLocked.promise
      const waiting: Promise<number | undefined>[] = []
      for (const runId of held) {
        waiting.push(step(runId, 'first'))
        await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
      }
      expect(await Promise.all(others.map((runId) => step(runId, 'first')))).toEqual(others.map(() => 3))
      isOver.resolve()
      await holder
      expect(await Promise.all(waiting)).toEqual([3, 3, 3, 3])
    },
  )

  test.skipIf(kind === 'embedded' || isMissing(kind))(
    'a step costs no more where the organization has many runs, before the tables were analyzed and after',
    { timeout: 120_000 },
    async () => {
      // A session of its own for each measure, since a session keeps its plans.
      const costOf = async () => {
        const runIds = await runsOf(40)
        const times: number[] = []
        await database.kysely.connection().execute(async (session) => {
          for (const [index, runId] of runIds.entries()) {
            const item = { n: 0, run_id: runId, fence: 1, lease_ms: 1_000, key: 'k', kind: 'step', status: 'succeeded' }
            const items = JSON.stringify([{ ...item, started_at: new Date() }])
            if (index === 0) await sql`discard plans`.execute(session)
            const startedAt = performance.now()
            await sql`select record_steps(${organizationId}, ${items})`.execute(session)
            times.push(performance.now() - startedAt)
          }
        })
        return times.toSorted((one, other) => one - other)[20] ?? 0
      }
      const few = await costOf()
      const [agent] = await read(sql<{ id: string }>`select id from agents where name = 'Writer'`)
      const many = Array.from({ length: 20_000 }, () => newId())
      await read(sql`
        insert into agent_runs (organization_id, id, agent_id, agent, intent, root_run_id, status, input, input_hash, requested_by)
        select ${organizationId}, id, ${agent?.id}, 'Writer', 'write', id, 'running', '{}', 'x', 'cli'
        from unnest(${many}::uuid[]) id
      `)
      // Reading all of the organization's took ten to eighteen times as long.
      expect((await costOf()) / few).toBeLessThan(4)
      await sql`analyze`.execute(database.kysely)
      expect((await costOf()) / few).toBeLessThan(4)
    },
  )

  test.skipIf(isMissing(kind))('another organization reaches none of its runs', async () => {
    const [runId] = await runsOf(1)
    if (!runId) throw new Error('no run')
    const other = await addOrganization(database)
    const item = groupItem(
      { run_id: runId, worker_id: workerId, lease_ms: 1_000, fence: 1, is_root: true },
      { output: '1' },
    )
    for (const name of ['claim_runs', 'finish_runs', 'run_statuses', 'record_steps'] as const) {
      expect(await database.groups.call(name, { organizationId: other, runId, item })).toBeUndefined()
    }
    expect(await step(runId, 'first')).toBe(3)
  })
})
