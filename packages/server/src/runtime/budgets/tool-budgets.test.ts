import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { provider } from '../../../test/ads-connector.ts'
import { databaseKinds, isMissing, openTestDatabase } from '../../../test/database.ts'
import { impatient } from '../../../test/queue-timing.ts'
import { restOf, startTestRuntime, type TestRuntime } from '../../../test/runtime.ts'
import { asId, newId } from '../../base/ids.ts'
import { type Database, jsonb, sql, type TenantTx, withTenant } from '../../db/index.ts'
import { configureAction } from '../actions/configure-action.ts'
import type { ActionPrice } from '../actions/sql/action-configs.ts'
import { addConnection } from '../connections.ts'
import { defineAgent, intent } from '../define-agent.ts'
import { findConnection } from '../sql/connections.ts'
import { sweepBudgets } from './reserve-budgets.ts'
import { type BudgetChange, endBudget, getBudget, setBudget } from './set-budget.ts'
import { listBudgets, wakeWaiting } from './sql/budgets.ts'

// No connector of this repository charges money or spends any on ads: one of the tests' stands in the place of one.
vi.mock('../../connectors/webhook/webhook.ts', async () => {
  const { adsConnector } = await import('../../../test/ads-connector.ts')
  return { webhook: adsConnector }
})

const Calls = z.strictObject({
  calls: z.array(z.strictObject({ tool: z.string(), input: z.unknown(), connection: z.string() })),
})
const tools = ['slack.postMessage', 'email.send', 'webhook.createCampaign', 'webhook.lookUp', 'webhook.ping']

const buyer = defineAgent({
  name: 'Buyer',
  description: 'Calls what it is told',
  kind: 'workflow',
  policy: { tools, maxCostMicros: 0, withoutApproval: tools, transactional: ['email.send'] },
  intents: {
    call: intent({
      description: 'Calls tools one after the other',
      input: Calls,
      output: z.object({ results: z.array(z.string()) }),
      run: async ({ input, tools: callable }) => {
        const results: string[] = []
        for (const [index, call] of input.calls.entries()) {
          const { status, error } = await callable.call(`call ${index}`, call)
          results.push(error === undefined ? status : `${status} ${error.code}`)
        }
        return { results }
      },
    }),
  },
})

const lookUp = (chargedMicros = 100, connection = 'paid') => ({
  tool: 'webhook.lookUp',
  input: { chargedMicros },
  connection,
})
const campaign = (input: Readonly<Record<string, unknown>>, connection = 'paid') => ({
  tool: 'webhook.createCampaign',
  input,
  connection,
})
const post = { tool: 'slack.postMessage', input: { channel: '#general', text: 'Hello' }, connection: 'slack' }
const mail = (...to: readonly string[]) => ({
  tool: 'email.send',
  input: { to, subject: 'Hello', text: 'Hello' },
  connection: 'email',
})

for (const kind of databaseKinds) {
  describe.skipIf(isMissing(kind))(`budgets of what tools cost on the ${kind} database`, () => {
    let database: Database
    let testing: TestRuntime
    beforeAll(async () => {
      database = await openTestDatabase(kind)
      testing = await startTestRuntime(database, [buyer], { timing: impatient })
      const paid = { connector: 'webhook', name: 'paid', mode: 'real', settings: {}, credentials: {} } as const
      await inside((tx) => addConnection(tx, testing.masterKey, paid))
    })
    afterAll(async () => {
      await testing?.stop()
      await database?.close()
    })
    afterEach(async () => {
      provider.answer = 'normal'
      for (const { id } of await inside((tx) => listBudgets(tx)))
        await inside((tx) => endBudget(tx, { id, actor: 'cli' }))
    })

    const inside = <Result>(work: (tx: TenantTx) => Promise<Result>) =>
      withTenant(database, testing.organizationId, work)
    const set = (change: Partial<BudgetChange> & Pick<BudgetChange, 'amount' | 'limits'>) => {
      const name = `budget-${newId().slice(-8)}`
      const currency = change.limits === 'sends' ? undefined : 'EUR'
      const rest = { scope: 'organization', period: 'total', allowsUnpriced: false, actor: 'cli' } as const
      return inside((tx) => setBudget(tx, { name, currency, ...rest, ...change }, { agents: new Set(['Buyer']) }))
    }
    const windowOf = async (id: string) => (await inside((tx) => getBudget(tx, id))).windows[0]
    const setPrice = async (name: string, action: string, price: ActionPrice | null) => {
      const found = await inside((tx) => findConnection(tx, { name }))
      const connectionId = found?.id ?? expect.fail(`there is no connection named ${name}`)
      const config = { enabled: true, fixed: {}, defaults: {}, price, actor: 'cli' }
      await inside((tx) => configureAction(tx, { connectionId, action, ...config }))
    }
    const startCalls = async (...calls: z.input<typeof Calls>['calls']) => {
      const request = { agent: 'Buyer', intent: 'call', input: { calls }, requestedBy: 'cli' }
      return (await testing.runtime.startRun(testing.organizationId, request)).runId
    }
    const call = async (...calls: z.input<typeof Calls>['calls']) => restOf(testing, await startCalls(...calls))
    const executionsOf = (runId: string) =>
      inside((tx) =>
        tx.selectFrom('tool_executions').selectAll().where('run_id', '=', runId).orderBy('step_key').execute(),
      )

    test('a read is held at its most and settled with what the provider charged', async () => {
      const { id, name } = await set({ amount: 150, limits: 'tool_cost' })
      const run = await call(lookUp(30), lookUp(20), lookUp(70), lookUp(1))
      expect(run.output).toEqual({
        results: ['succeeded', 'succeeded', 'succeeded', 'denied runtime.budget_exhausted'],
      })
      expect(await windowOf(id)).toMatchObject({ amount: 150, spent: 120, reserved: 0, isSandbox: false })
      const executions = await executionsOf(run.id)
      expect(executions.map((one) => [one.cost_micros, one.cost_currency])).toEqual([
        [30, 'EUR'],
        [20, 'EUR'],
        [70, 'EUR'],
        [null, null],
      ])
      expect(executions[3]?.error).toMatchObject({ message: expect.stringContaining(`The budget ${name}`) })
    })

    test('a dry run says which budget has no room, goes on all the same, and holds nothing', async () => {
      const dryRun = async () => {
        const request = { agent: 'Buyer', intent: 'call', input: { calls: [post, post] }, requestedBy: 'cli' }
        const dry = { ...request, dryRun: { stubReads: true } }
        const { runId } = await testing.runtime.startRun(testing.organizationId, dry)
        const run = await restOf(testing, runId)
        return { run, executions: await executionsOf(runId) }
      }
      const { id, name } = await set({ amount: 1, limits: 'sends', period: 'daily' })
      const free = await dryRun()
      expect(free.executions.map(({ simulation }) => simulation)).toEqual([
        { asksApproval: false },
        { asksApproval: false },
      ])
      expect(await windowOf(id)).toBeUndefined()
      expect((await call(post)).output).toEqual({ results: ['succeeded'] })
      const before = await windowOf(id)
      expect(before).toMatchObject({ spent: 1, reserved: 0 })
      const held = await dryRun()
      expect(held.run.output).toEqual({ results: ['succeeded', 'succeeded'] })
      for (const { status, simulation } of held.executions) {
        expect(status).toBe('simulated')
        expect(simulation).toEqual({
          asksApproval: false,
          heldUntil: expect.stringMatching(/T00:00:00/),
          budget: expect.stringContaining(`The budget ${name} of today has 1 message of 1 message spent`),
        })
      }
      expect(await windowOf(id)).toEqual(before)
      await inside((tx) => endBudget(tx, { id, actor: 'cli' }))
      const whole = await set({ amount: 1, limits: 'sends' })
      expect((await call(post)).output).toEqual({ results: ['succeeded'] })
      for (const { status, simulation } of (await dryRun()).executions) {
        expect(status).toBe('simulated')
        expect(simulation).toEqual({
          asksApproval: false,
          budget: expect.stringContaining(`The budget ${whole.name} has`),
        })
      }
      expect(await windowOf(whole.id)).toMatchObject({ spent: 1, reserved: 0 })
    })

    test('a read that is refused costs nothing, and one that breaks off counts at its most', async () => {
      const { id } = await set({ amount: 1_000, limits: 'tool_cost' })
      provider.answer = 'refuses'
      expect((await call(lookUp())).output).toMatchObject({ results: ['failed test.failed'] })
      expect(await windowOf(id)).toMatchObject({ spent: 0, reserved: 0 })
      provider.answer = 'breaks off'
      const broken = await call(lookUp())
      expect(broken.output).toMatchObject({ results: ['failed test.failed'] })
      expect(await windowOf(id)).toMatchObject({ spent: 100, reserved: 0 })
      expect(await executionsOf(broken.id)).toMatchObject([{ cost_micros: 100 }])
    })

    test('a campaign commits its days at most, what the platform takes in the end, and its most where nobody knows', async () => {
      const { id } = await set({ amount: 1_000, limits: 'ad_spend' })
      const run = await call(
        campaign({ dailyMicros: 50, days: 10, takesMicros: 400 }),
        campaign({ dailyMicros: 50, days: 10 }),
        campaign({ dailyMicros: 50, days: 10 }),
      )
      expect(run.output).toEqual({ results: ['succeeded', 'succeeded', 'denied runtime.budget_exhausted'] })
      expect(await windowOf(id)).toMatchObject({ spent: 900, reserved: 0 })
      expect(await executionsOf(run.id)).toMatchObject([
        { ad_spend_micros: 400, ad_spend_currency: 'EUR', cost_micros: null },
        { ad_spend_micros: 500 },
        { ad_spend_micros: null },
      ])
    })

    test('what an unknown effect may have committed stays held until a person says what came of it', async () => {
      const { id } = await set({ amount: 1_000, limits: 'ad_spend' })
      provider.answer = 'breaks off'
      const run = await call(campaign({ dailyMicros: 50, days: 10 }))
      expect(run).toMatchObject({ status: 'waiting', waiting_for: 'unknown_effect' })
      expect(await inside(sweepBudgets)).toBe(0)
      expect(await windowOf(id)).toMatchObject({ spent: 0, reserved: 500 })
      const [execution] = await executionsOf(run.id)
      expect(execution).toMatchObject({ status: 'unknown', ad_spend_micros: 500 })
      const executionId = asId<'tool_execution'>(execution?.id ?? '')
      await testing.runtime.settleToolExecution(testing.organizationId, executionId, {
        outcome: 'succeeded',
        by: 'cli',
      })
      expect(await windowOf(id)).toMatchObject({ spent: 500, reserved: 0 })
    })

    test('without a known price or amount, and in another currency, nothing leaves, and the error says what to do', async () => {
      await set({ amount: 1_000, limits: 'ad_spend' })
      const { name } = await set({ amount: 1_000, limits: 'tool_cost' })
      const run = await call(
        campaign({ dailyMicros: 50 }),
        campaign({ dailyMicros: 50, days: 1, currency: 'USD' }),
        { tool: 'webhook.ping', input: {}, connection: 'paid' },
        campaign({ dailyMicros: -50, days: 1 }),
        post,
      )
      expect(run.output).toEqual({
        results: [
          'denied runtime.budget_price_unknown',
          'denied runtime.budget_currency',
          'denied runtime.budget_price_unknown',
          'denied runtime.budget_price_unknown',
          // Slack charges for no message.
          'succeeded',
        ],
      })
      expect((await executionsOf(run.id))[2]?.error).toMatchObject({
        message: `The budget ${name} limits what tools cost, and what this call costs is not known`,
        hint: expect.stringContaining('neonhub connections configure ID ACTION --price'),
      })
      await set({ name, amount: 1_000, limits: 'tool_cost', allowsUnpriced: true })
      const ping = { tool: 'webhook.ping', input: {}, connection: 'paid' }
      expect((await call(ping)).output).toEqual({ results: ['succeeded'] })
      await set({ name, amount: 1_000, limits: 'tool_cost' })
      await setPrice('paid', 'ping', { micros: 0, currency: 'EUR', per: 'call' })
      expect((await call(ping)).output).toEqual({ results: ['succeeded'] })
      await setPrice('paid', 'ping', null)
      expect((await call(ping)).output).toEqual({ results: ['denied runtime.budget_price_unknown'] })
    })

    test('a price for each recipient makes mail cost, and a call needs room in each kind of budget or takes of none', async () => {
      await setPrice('email', 'send', { micros: 70_000, currency: 'EUR', per: 'recipient' })
      const cost = await set({ amount: 200_000, limits: 'tool_cost' })
      const sends = await set({ amount: 10, limits: 'sends' })
      const run = await call(mail('one@example.com', 'two@example.com'), mail('three@example.com'))
      expect(run.output).toEqual({ results: ['succeeded', 'denied runtime.budget_exhausted'] })
      expect(await windowOf(cost.id)).toMatchObject({ spent: 140_000, reserved: 0, isSandbox: true })
      expect(await windowOf(sends.id)).toMatchObject({ spent: 2, reserved: 0 })
      // A sandbox account is practice: its window counts, and nobody has paid anything.
      expect((await executionsOf(run.id))[0]).toMatchObject({ cost_micros: null })
    })

    test('a spent month holds a call until the next one, and a larger amount lets it go at once', async () => {
      const { id, name } = await set({
        amount: 100,
        limits: 'tool_cost',
        period: 'monthly',
        scope: 'agent',
        agent: 'Buyer',
      })
      const runId = await startCalls(lookUp(), lookUp())
      expect(await restOf(testing, runId)).toMatchObject({ status: 'waiting', waiting_for: 'budget' })
      await set({ name, amount: 200, limits: 'tool_cost', period: 'monthly', scope: 'agent', agent: 'Buyer' })
      await inside(wakeWaiting)
      await vi.waitFor(async () => expect(await restOf(testing, runId)).toMatchObject({ status: 'succeeded' }), 20_000)
      expect(await windowOf(id)).toMatchObject({ spent: 200, reserved: 0 })
    })

    test('each run has a run budget of ad spend for itself, and a dry run uses none', async () => {
      const { id } = await set({ amount: 500, limits: 'ad_spend', scope: 'run' })
      const calls = [campaign({ dailyMicros: 50, days: 10 })]
      expect((await call(...calls)).output).toEqual({ results: ['succeeded'] })
      expect((await call(...calls)).output).toEqual({ results: ['succeeded'] })
      const request = {
        agent: 'Buyer',
        intent: 'call',
        input: { calls },
        requestedBy: 'cli',
        dryRun: { stubReads: false },
      } as const
      const dry = await testing.runtime.startRun(testing.organizationId, request)
      expect(await restOf(testing, dry.runId)).toMatchObject({ status: 'succeeded', is_dry_run: true })
      const { windows } = await inside((tx) => getBudget(tx, id))
      expect(windows.map(({ spent, reserved }) => [spent, reserved])).toEqual([
        [500, 0],
        [500, 0],
      ])
    })

    test('calls that race for the last of two kinds of budgets take it once', async () => {
      await setPrice('email', 'send', { micros: 10, currency: 'EUR', per: 'call' })
      const cost = await set({ amount: 30, limits: 'tool_cost' })
      const sends = await set({ amount: 5, limits: 'sends' })
      const runs = await Promise.all(
        Array.from({ length: 12 }, (_one, index) => startCalls(mail(`racer-${index}@example.com`))),
      )
      for (let rounds = 0; rounds < 3; rounds += 1) {
        await Promise.all(runs.map((runId) => restOf(testing, runId)))
        await inside(wakeWaiting)
      }
      const rested = await vi.waitFor(async () => {
        const all = await Promise.all(runs.map((runId) => restOf(testing, runId)))
        expect(all.every(({ status }) => status === 'succeeded')).toBe(true)
        return all
      }, 60_000)
      const went = rested.filter(({ output }) => JSON.stringify(output).includes('"succeeded"'))
      expect(went).toHaveLength(3)
      expect(await windowOf(cost.id)).toMatchObject({ spent: 30, reserved: 0 })
      expect(await windowOf(sends.id)).toMatchObject({ spent: 3, reserved: 0 })
    })

    test('a worker of the release before, which knows messages alone, holds and settles them as it did', async () => {
      const sends = await set({ amount: 10, limits: 'sends' })
      await set({ amount: 10, limits: 'tool_cost' })
      const run = await call()
      const id = newId()
      const row = {
        id,
        run_id: run.id,
        fence: run.fence,
        step_key: 'older',
        tool: 'email.send',
        effect: 'once',
        status: 'executing',
        arguments: {},
        arguments_hash: 'hash',
        preview: { title: '', recipients: [], body: '' },
        deadline_ms: 60_000,
      }
      const ended = {
        n: 0,
        run_id: run.id,
        fence: run.fence,
        id,
        status: 'succeeded',
        sources: ['executing'],
        is_spent: true,
      }
      await inside(async (tx) => {
        await sql`update agent_runs set status = 'running' where id = ${run.id}`.execute(tx)
        await sql`select write_tool_execution(${jsonb(row)}, 2, false)`.execute(tx)
      })
      expect(await windowOf(sends.id)).toMatchObject({ reserved: 2, spent: 0 })
      await inside(async (tx) => {
        await sql`select end_tool_executions(${tx.organizationId}, ${jsonb([ended])})`.execute(tx)
        await sql`update agent_runs set status = 'succeeded' where id = ${run.id}`.execute(tx)
      })
      expect(await windowOf(sends.id)).toMatchObject({ reserved: 0, spent: 2 })
    })

    test('a read that was cut off for good is swept at its most', async () => {
      const { id } = await set({ amount: 1_000, limits: 'tool_cost' })
      const run = await call(lookUp(10))
      // As a cancelled run leaves a call that its dead worker had under way.
      await inside(async (tx) => {
        await sql`
          update budget_reservations set status = 'held', spent = 0 where organization_id = ${tx.organizationId} and run_id = ${run.id}
        `.execute(tx)
        await sql`
          update budget_allocations set reserved = 100, spent = 0 where organization_id = ${tx.organizationId} and profile_id = ${id}
        `.execute(tx)
        await sql`
          update tool_executions set status = 'failed' where organization_id = ${tx.organizationId} and run_id = ${run.id}
        `.execute(tx)
      })
      expect(await inside(sweepBudgets)).toBe(1)
      expect(await windowOf(id)).toMatchObject({ spent: 100, reserved: 0 })
    })
  })
}
