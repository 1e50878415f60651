import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { addOrganization, databaseKinds, isMissing, openTestDatabase } from '../../test/database.ts'
import { impatient } from '../../test/queue-timing.ts'
import { restOf, startTestRuntime, type TestRuntime } from '../../test/runtime.ts'
import { asId, type RunId } from '../base/ids.ts'
import { type Database, sql, withTenant } from '../db/index.ts'
import { defineAgent, intent } from './define-agent.ts'
import { findRunTrace } from './read/run-trace.ts'
import type { IntentContext } from './spec.ts'

type Handler = (context: IntentContext<unknown>) => Promise<unknown>
const handlers = new Map<string, Handler>()
const attempts = new Map<string, number>()
const waiter = (name: string, asked: string) =>
  defineAgent({
    name,
    description: 'Waits as a test says',
    kind: 'workflow',
    policy: {
      tools: ['webhook.deliver'],
      agents: ['Waiting child'],
      maxCostMicros: 0,
      withoutApproval: ['webhook.deliver'],
    },
    intents: {
      [asked]: intent({
        description: 'Waits as a test says',
        input: z.object({ handler: z.string() }),
        output: z.object({ result: z.unknown() }),
        run: async (context) => {
          const { handler } = context.input
          attempts.set(handler, (attempts.get(handler) ?? 0) + 1)
          return { result: (await handlers.get(handler)?.(context)) ?? null }
        },
      }),
    },
  })

for (const kind of databaseKinds) {
  describe.skipIf(isMissing(kind))(`waits on the ${kind} database`, () => {
    let database: Database
    let testing: TestRuntime
    beforeAll(async () => {
      database = await openTestDatabase(kind)
      const agents = [waiter('Waiter', 'wait'), waiter('Waiting child', 'wait below')]
      testing = await startTestRuntime(database, agents, { leaseMs: 1_500, timing: impatient })
    })
    afterAll(async () => {
      await testing.stop()
      await database.close()
    })

    const start = async (name: string, handler: Handler, dryRun = false): Promise<RunId> => {
      const key = `${kind} ${name}`
      handlers.set(key, handler)
      const { runId } = await testing.runtime.startRun(testing.organizationId, {
        agent: 'Waiter',
        intent: 'wait',
        input: { handler: key },
        requestedBy: 'cli',
        ...(dryRun ? { dryRun: { stubReads: false } } : {}),
      })
      return runId
    }
    const over = async (runId: RunId) => {
      await expect
        .poll(async () => (await restOf(testing, runId)).status, { timeout: 30_000 })
        .not.toMatch(/waiting|queued|running/)
      return restOf(testing, runId)
    }
    const tell = (runId: RunId, name: string, data: unknown, idempotencyKey?: string) =>
      testing.runtime.signalRun(testing.organizationId, runId, { name, data, sentBy: 'cli', idempotencyKey })
    const trace = (runId: RunId) =>
      withTenant(database, testing.organizationId, (tx) => findRunTrace(tx, runId, async () => new Map()))

    test('a run waits for a time and holds nothing, and a resumed one does not wait anew', async () => {
      let worked = 0
      const runId = await start('time', async ({ sleep, step }) => {
        await step('before', async () => (worked += 1))
        await sleep('a while', { ms: 1_200 })
        await sleep('a moment that is over', { until: new Date(0) })
        return step('after', async () => 'awake')
      })
      const waiting = await restOf(testing, runId)
      expect(waiting).toMatchObject({ status: 'waiting', waiting_for: 'time', lease_holder: null })
      const shown = await trace(runId)
      expect(shown?.waits).toMatchObject([{ key: 'a while' }])
      const ended = await over(runId)
      expect(ended).toMatchObject({ status: 'succeeded', output: { result: 'awake' } })
      expect(Number(ended.finished_at) - Number(ended.started_at)).toBeGreaterThanOrEqual(1_200)
      expect(worked).toBe(1)
      expect((await trace(runId))?.waits).toBeUndefined()
    })

    test('each event is taken once, the oldest first, early ones too, and marks the run', async () => {
      const runId = await start('events', async ({ waitForEvent, tools }) => {
        const first = await waitForEvent('first', { event: 'reply' })
        const second = await waitForEvent('second', { event: 'reply' })
        const call = { tool: 'webhook.deliver', input: { type: 'a.b', data: {} } }
        return [first?.data, second?.data, (await tools.call('deliver', call)).status]
      })
      await restOf(testing, runId)
      expect(await tell(runId, 'other', 'not this')).toBe(true)
      expect(await tell(runId, 'reply', { n: 1 }, 'one')).toBe(true)
      expect(await tell(runId, 'reply', { n: 1 }, 'one')).toBe(false)
      await expect
        .poll(async () => (await trace(runId))?.waits, { timeout: 20_000 })
        .toMatchObject([{ key: 'second', event: 'reply' }])
      await tell(runId, 'reply', { n: 2 })
      // The policy exempts the delivery, but what came from outside has reached the run.
      await expect.poll(async () => (await restOf(testing, runId)).waiting_for, { timeout: 20_000 }).toBe('approval')
      expect(await restOf(testing, runId)).toMatchObject({ tainted: true })
      const told = await trace(runId)
      expect(told?.steps.map(({ key }) => key)).toEqual(['first', 'second'])
    })

    test('events that race the attempt’s way to its wait are never missed', async () => {
      const runs = await Promise.all(
        Array.from({ length: 12 }, async (_none, index) => {
          const runId = await start(`race ${index}`, async ({ waitForEvent }) => {
            const found = await waitForEvent('it', { event: 'go', timeoutMs: 60_000 })
            return found?.data
          })
          await new Promise((resolve) => setTimeout(resolve, index * 3))
          await tell(runId, 'go', index)
          return { runId, index }
        }),
      )
      for (const { runId, index } of runs) expect(await over(runId)).toMatchObject({ output: { result: index } })
    })

    test('without an event in time there is none; a child’s wait is its root’s; a dry run waits for nothing', async () => {
      const late = await start('late', async ({ waitForEvent }) =>
        waitForEvent('it', { event: 'never', timeoutMs: 300 }),
      )
      expect(await over(late)).toMatchObject({ status: 'succeeded', output: { result: null }, tainted: false })

      handlers.set(`${kind} below`, async ({ waitForEvent }) => (await waitForEvent('it', { event: 'go' }))?.data)
      const parent = await start('above', async ({ child }) =>
        child('help', { agent: 'Waiting child', intent: 'wait below', input: { handler: `${kind} below` } }),
      )
      expect(await restOf(testing, parent)).toMatchObject({ status: 'waiting' })
      const childId = (await trace(parent))?.children[0]?.id ?? ''
      await tell(asId(childId), 'go', 'down here')
      expect(await over(parent)).toMatchObject({ output: { result: { result: 'down here' } }, tainted: true })

      const dry = await start(
        'dry',
        async ({ sleep, waitForEvent }) => {
          await sleep('long', { ms: 86_400_000 })
          return waitForEvent('it', { event: 'go' })
        },
        true,
      )
      expect(await over(dry)).toMatchObject({ status: 'succeeded', output: { result: null } })
    })

    test('a run that is over, a foreign one and an absent one are told nothing', async () => {
      const runId = await start('quick', async () => 'done')
      await over(runId)
      await expect(tell(runId, 'go', 1)).rejects.toMatchObject({ code: 'runtime.run_over' })
      const stranger = await addOrganization(database)
      const foreign = testing.runtime.signalRun(stranger, runId, { name: 'go', data: 1, sentBy: 'cli' })
      await expect(foreign).rejects.toMatchObject({ kind: 'not_found' })
    })

    test('a wait is not for ever, and another event under its key stops the run', async () => {
      const long = await start('too long', async ({ sleep }) => sleep('years', { ms: 400 * 86_400_000 }))
      expect(await over(long)).toMatchObject({ status: 'failed', error: { code: 'runtime.wait_invalid' } })
      let event = 'one'
      const changed = await start('changed', async ({ waitForEvent }) => waitForEvent('it', { event }))
      await restOf(testing, changed)
      event = 'two'
      await withTenant(database, testing.organizationId, (tx) =>
        sql`update agent_runs set not_before = clock_timestamp() where id = ${changed}`.execute(tx),
      )
      await expect
        .poll(async () => (await restOf(testing, changed)).status, { timeout: 20_000 })
        .toBe('needs_attention')
    })
  })
}
