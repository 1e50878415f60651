import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { type OrganizationId, type RunId } from '../src/base/ids.ts'
import { type Database, sql, withTenant } from '../src/db/index.ts'
import { defineAgent, findRun, intent, removeLimit, setLimit } from '../src/runtime/index.ts'
import { addOrganization, databaseKinds, isMissing, openTestDatabase } from './database.ts'
import { startTestRuntime, type TestRuntime } from './runtime.ts'

/** What each run does while it is let: it waits until its gate is opened. */
const gates: (() => void)[] = []
let inside = 0
let most = 0

async function stay(): Promise<number> {
  inside += 1
  most = Math.max(most, inside)
  await new Promise<void>((resolve) => gates.push(resolve))
  inside -= 1
  return inside
}

const stayer = (name: string) =>
  defineAgent({
    name,
    description: 'Stays until it is let go',
    kind: 'workflow',
    policy: { tools: ['webhook.deliver'], agents: ['Other'], maxCostMicros: 0, withoutApproval: ['webhook.deliver'] },
    intents: {
      stay: intent({
        description: 'Stays',
        input: z.strictObject({}),
        output: z.strictObject({}),
        async run({ step }) {
          await step('stay', stay)
          return {}
        },
      }),
      parent: intent({
        description: 'Has a child of the same agent',
        input: z.strictObject({}),
        output: z.strictObject({}),
        async run({ child }) {
          await child('child', { agent: 'Other', intent: 'quick', input: {} })
          return {}
        },
      }),
      quick: intent({
        description: 'Is over at once',
        input: z.strictObject({}),
        output: z.strictObject({}),
        run: async () => ({}),
      }),
      call: intent({
        description: 'Calls a tool',
        input: z.strictObject({}),
        output: z.strictObject({ status: z.string() }),
        async run({ tools }) {
          const { status } = await tools.call('call', {
            tool: 'webhook.deliver',
            input: { type: 'test.made', data: {} },
          })
          return { status }
        },
      }),
    },
  })
const agents = [stayer('Stayer'), stayer('Other')]
const agentMap = new Map(agents.map((agent) => [agent.name, agent]))
const hurried = { heartbeatMs: 200, abandonedMs: 1_500, patienceMs: 200, reconcileMs: 300 }

describe.for(databaseKinds.filter((kind) => !isMissing(kind)))('limits on the %s database', (kind) => {
  let database: Database
  let first: TestRuntime
  let second: TestRuntime

  beforeAll(async () => {
    database = await openTestDatabase(kind)
    first = await startTestRuntime(database, agents, { timing: hurried })
    second = await startTestRuntime(database, agents, { timing: hurried })
  })
  afterAll(async () => {
    for (const open of gates.splice(0)) open()
    await Promise.all([first.stop(), second.stop()])
    await database.close()
  })

  const start = async (organizationId: OrganizationId, agent: string, name = 'stay') => {
    const request = { agent, intent: name, input: {}, requestedBy: 'cli' }
    return (await first.runtime.startRun(organizationId, request)).runId
  }
  const statusOf = (organizationId: OrganizationId, runId: RunId) =>
    withTenant(database, organizationId, async (tx) => (await findRun(tx, runId))?.status)
  const waitForInside = (count: number) => vi.waitFor(() => expect(inside).toBe(count), { timeout: 10_000 })
  const settle = () => new Promise((resolve) => setTimeout(resolve, 900))
  const openGates = async (organizationId: OrganizationId, runIds: readonly RunId[]) => {
    await vi.waitFor(
      async () => {
        for (const open of gates.splice(0)) open()
        for (const runId of runIds) expect(await statusOf(organizationId, runId)).toBe('succeeded')
      },
      { timeout: 30_000, interval: 50 },
    )
  }
  const limit = (organizationId: OrganizationId, change: Parameters<typeof setLimit>[2]) =>
    withTenant(database, organizationId, (tx) => setLimit(tx, agentMap, change))

  test('runs of an agent beyond its limit stay queued, say why, and go on as places are free', async () => {
    most = 0
    const organizationId = await addOrganization(database)
    await limit(organizationId, { scope: 'agent', agent: 'Stayer', atOnce: 2, actor: 'cli' })
    const runIds: RunId[] = []
    for (let made = 0; made < 6; made += 1) runIds.push(await start(organizationId, 'Stayer'))
    await waitForInside(2)
    await settle()
    expect(inside).toBe(2)
    const views = await withTenant(database, organizationId, (tx) =>
      Promise.all(runIds.map((runId) => findRun(tx, runId))),
    )
    const waiting = views.filter((view) => view?.status === 'queued')
    expect(waiting.length).toBe(4)
    expect(waiting[0]?.placeWait).toBe('waits for a free place: agent Stayer, 2 of 2')
    // Another agent's run is not behind them.
    const other = await start(organizationId, 'Other', 'quick')
    await vi.waitFor(async () => expect(await statusOf(organizationId, other)).toBe('succeeded'), { timeout: 5_000 })
    await openGates(organizationId, runIds)
    expect(most).toBe(2)
  })

  test('a limit that is raised lets more go on, and one that is lowered lets what goes on be', async () => {
    const organizationId = await addOrganization(database)
    const change = { scope: 'organization', actor: 'cli' } as const
    await limit(organizationId, { ...change, atOnce: 1 })
    const runIds: RunId[] = []
    for (let made = 0; made < 5; made += 1) runIds.push(await start(organizationId, 'Stayer'))
    await waitForInside(1)
    await settle()
    expect(inside).toBe(1)
    await limit(organizationId, { ...change, atOnce: 3 })
    await waitForInside(3)
    await limit(organizationId, { ...change, atOnce: 2 })
    gates.shift()?.()
    await settle()
    expect(inside).toBe(2)
    const { id } = await limit(organizationId, { ...change, atOnce: 1 })
    await withTenant(database, organizationId, (tx) => removeLimit(tx, id))
    await waitForInside(4)
    await openGates(organizationId, runIds)
  })

  test('a child run takes no place, so that its parent can wait for it', async () => {
    const organizationId = await addOrganization(database)
    for (const agent of ['Stayer', 'Other'])
      await limit(organizationId, { scope: 'agent', agent, atOnce: 1, actor: 'cli' })
    await limit(organizationId, { scope: 'organization', atOnce: 1, actor: 'cli' })
    const runId = await start(organizationId, 'Stayer', 'parent')
    expect(await first.runtime.waitForRun(organizationId, runId, { timeoutMs: 10_000 })).toBe('succeeded')
  })

  test('a place whose worker fell silent is free again', async () => {
    const organizationId = await addOrganization(database)
    await limit(organizationId, { scope: 'agent', agent: 'Other', atOnce: 1, actor: 'cli' })
    const lost = await start(organizationId, 'Other', 'quick')
    await vi.waitFor(async () => expect(await statusOf(organizationId, lost)).toBe('succeeded'), { timeout: 5_000 })
    // As a worker leaves a job that was killed in it.
    await withTenant(database, organizationId, (tx) =>
      sql`
        update agent_jobs set status = 'active', attempts = 1, check_at = clock_timestamp() + interval '2 seconds'
        where run_id = ${lost}
      `.execute(tx),
    )
    const next = await start(organizationId, 'Other', 'quick')
    await settle()
    expect(await statusOf(organizationId, next)).toBe('queued')
    await vi.waitFor(async () => expect(await statusOf(organizationId, next)).toBe('succeeded'), { timeout: 10_000 })
  })

  test('calls of a connection beyond its minute wait, whichever worker makes them, and do not fail', async () => {
    const { organizationId } = first
    await limit(organizationId, { scope: 'connection', connection: 'webhook', perMinute: 3, actor: 'cli' })
    const runIds = await Promise.all(Array.from({ length: 8 }, () => start(organizationId, 'Stayer', 'call')))
    const count = async (status: string) => {
      const statuses = await Promise.all(runIds.map((runId) => statusOf(organizationId, runId)))
      return statuses.filter((one) => one === status).length
    }
    await vi.waitFor(async () => expect([await count('succeeded'), await count('waiting')]).toEqual([3, 5]), {
      timeout: 10_000,
    })
    const { rows } = await withTenant(database, organizationId, (tx) =>
      sql<{ error: { message: string }; soon: boolean }>`
        select error, not_before between clock_timestamp() + interval '40 seconds'
          and clock_timestamp() + interval '3 minutes' as soon
        from tool_executions where status = 'planned' and error is not null
      `.execute(tx),
    )
    expect(rows.map(({ soon }) => soon)).toEqual([true, true, true, true, true])
    expect(rows[0]?.error.message).toBe('webhook.deliver waits for its connection: 3 of 3 calls a minute')
    // Another limit lets them be asked about again at once.
    await limit(organizationId, { scope: 'connection', connection: 'webhook', perMinute: 100, atOnce: 1, actor: 'cli' })
    await vi.waitFor(async () => expect(await count('succeeded')).toBe(8), { timeout: 30_000 })
    await expect(
      withTenant(database, organizationId, (tx) => removeLimit(tx, first.organizationId)),
    ).rejects.toMatchObject({ code: 'runtime.limit_unknown' })
  })
})
