import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { addOrganization, databaseKinds, isMissing, openTestDatabase } from '../../../test/database.ts'
import { impatient } from '../../../test/queue-timing.ts'
import { restOf, runToRest, startTestRuntime, type TestRuntime } from '../../../test/runtime.ts'
import type { LlmCallEnd, LlmCallStart } from '../../base/call-journal.ts'
import { requireCallJournal } from '../../base/call-journal.ts'
import { asId, newId, type RunId } from '../../base/ids.ts'
import { type Database, sql, type TenantTx, withTenant } from '../../db/index.ts'
import { defineAgent, intent } from '../define-agent.ts'
import { createStandaloneJournal } from '../llm-journal.ts'
import { reserveBudgets, settleBudgets, sweepBudgets, type WorksFor } from './reserve-budgets.ts'
import { adjustBudget, type BudgetChange, endBudget, getBudget, setBudget } from './set-budget.ts'
import { listBudgets, listEntries, wakeWaiting } from './sql/budgets.ts'

const usage = { inputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 1, reasoningTokens: 0 }
const start = (costMicros: number, costSource: LlmCallEnd['costSource'] = 'price-table'): LlmCallStart => ({
  operation: 'generate',
  provider: 'openai',
  requestedModel: 'gpt-test',
  promptHash: 'hash',
  request: {},
  atMost: { costMicros, currency: 'USD', costSource },
})
const end = (costMicros: number, rest: Partial<LlmCallEnd> = {}): LlmCallEnd => ({
  usage,
  costMicros,
  currency: 'USD',
  costSource: 'price-table',
  durationMs: 1,
  ...rest,
})
const broken = end(0, {
  costSource: 'unknown',
  error: { code: 'llm.unavailable', message: 'The connection broke', retryable: false },
})
const refusedCall = end(0, {
  costSource: 'unknown',
  error: { code: 'llm.rate_limited', message: 'Fewer', retryable: false },
})

let inFlight = 0
let mostInFlight = 0
const pause = () => new Promise((resolve) => setTimeout(resolve, 60))

const Calls = z.strictObject({ calls: z.array(z.strictObject({ atMost: z.number(), cost: z.number() })) })

/** `ask` makes model calls side by side, each at most and in the end at a price of the input's. */
const spender = defineAgent({
  name: 'Spender',
  description: 'Spends what it is told',
  kind: 'workflow',
  policy: { tools: ['slack.postMessage', 'email.send'], maxCostMicros: 1_000, withoutApproval: ['slack.postMessage'] },
  intents: {
    post: intent({
      description: 'Posts texts',
      input: z.strictObject({ texts: z.array(z.string()) }),
      output: z.object({ results: z.array(z.object({ status: z.string(), code: z.string().optional() })) }),
      run: async ({ input, tools }) => {
        const results = []
        for (const [index, text] of input.texts.entries()) {
          const { status, error } = await tools.call(`post ${index}`, {
            tool: 'slack.postMessage',
            input: { channel: '#general', text },
          })
          results.push({ status, code: error?.code })
        }
        return { results }
      },
    }),
    ask: intent({
      description: 'Asks models',
      input: Calls,
      output: z.object({ answered: z.number(), refused: z.array(z.string()) }),
      run: async ({ input, step }) => {
        const outcomes = await Promise.allSettled(
          input.calls.map(({ atMost, cost }, index) =>
            step(`ask ${index}`, async () => {
              const journal = requireCallJournal()
              const id = await journal.beginLlmCall(start(atMost))
              inFlight += 1
              mostInFlight = Math.max(mostInFlight, inFlight)
              await pause()
              inFlight -= 1
              await journal.endLlmCall(id, end(cost))
            }),
          ),
        )
        const refused = outcomes.flatMap((one) => (one.status === 'rejected' ? [String(one.reason.code)] : []))
        return { answered: outcomes.length - refused.length, refused }
      },
    }),
  },
})

for (const kind of databaseKinds) {
  describe.skipIf(isMissing(kind))(`budgets on the ${kind} database`, () => {
    let database: Database
    let testing: TestRuntime
    beforeAll(async () => {
      database = await openTestDatabase(kind)
      testing = await startTestRuntime(database, [spender], { timing: impatient })
    })
    afterAll(async () => {
      await testing?.stop()
      await database?.close()
    })
    afterEach(async () => {
      for (const { id } of await inside((tx) => listBudgets(tx)))
        await inside((tx) => endBudget(tx, { id, actor: 'cli' }))
    })

    const inside = <Result>(work: (tx: TenantTx) => Promise<Result>) =>
      withTenant(database, testing.organizationId, work)
    const agents = new Set(['Spender'])
    const set = (change: Partial<BudgetChange> & { readonly amount: number }) =>
      inside((tx) =>
        setBudget(
          tx,
          {
            name: `budget-${newId().slice(-8)}`,
            scope: 'organization',
            limits: 'sends',
            period: 'total',
            allowsUnpriced: false,
            actor: 'cli',
            ...(change.limits === 'llm_cost' ? { currency: 'USD' } : {}),
            ...change,
          },
          { agents },
        ),
      )
    const windowOf = async (id: string) => (await inside((tx) => getBudget(tx, id))).windows[0]
    const entriesOf = async (id: string) =>
      (await inside((tx) => listEntries(tx, { budgetId: id, limit: 1000 }))).toReversed()
    const post = (...texts: readonly string[]) =>
      runToRest(testing, { agent: 'Spender', intent: 'post', input: { texts } })
    const ask = (...calls: readonly { readonly atMost: number; readonly cost: number }[]) =>
      runToRest(testing, { agent: 'Spender', intent: 'ask', input: { calls } })
    const journal = () => createStandaloneJournal({ database, organizationId: testing.organizationId })

    test('a call that no run makes counts for the agent and the brand that it is made for, and for no other', async () => {
      const brandId = asId<'brand'>(newId())
      await inside((tx) =>
        tx
          .insertInto('brands')
          .values({ organization_id: tx.organizationId, id: brandId, slug: `judged-${brandId}`, name: 'Judged' })
          .execute(),
      )
      const ofAgent = await set({ amount: 10, limits: 'llm_cost', scope: 'agent', agent: 'Spender' })
      const ofBrand = await set({ amount: 20, limits: 'llm_cost', scope: 'brand', brand: `judged-${brandId}` })
      const ofRun = await set({ amount: 1, limits: 'llm_cost', scope: 'run' })
      const { organizationId } = testing
      const call = async (worksFor: WorksFor | undefined) => {
        const made = createStandaloneJournal({ database, organizationId, worksFor })
        await made.endLlmCall(await made.beginLlmCall(start(7)), end(7))
      }
      await call({ agent: 'Spender', brandId: undefined })
      await call({ agent: 'Another', brandId })
      await call(undefined)
      expect(await windowOf(ofAgent.id)).toMatchObject({ spent: 7, reserved: 0 })
      expect(await windowOf(ofBrand.id)).toMatchObject({ spent: 7, reserved: 0 })
      expect(await windowOf(ofRun.id)).toBeUndefined()
      await expect(call({ agent: 'Spender', brandId })).rejects.toMatchObject({ code: 'runtime.budget_exhausted' })
      expect(await windowOf(ofBrand.id)).toMatchObject({ spent: 7, reserved: 0 })
    })

    test('messages are counted, and the one too many is denied by a total budget that the error names', async () => {
      const { id, name } = await set({ amount: 2 })
      const run = await post('one', 'two', 'three')
      expect(run).toMatchObject({ status: 'succeeded' })
      expect(run.output).toEqual({
        results: [
          { status: 'succeeded' },
          { status: 'succeeded' },
          { status: 'denied', code: 'runtime.budget_exhausted' },
        ],
      })
      const [denied] = await inside((tx) =>
        tx
          .selectFrom('tool_executions')
          .select('error')
          .where('run_id', '=', run.id)
          .where('status', '=', 'denied')
          .execute(),
      )
      expect(denied?.error).toMatchObject({
        message: expect.stringContaining(`${name} has 2 messages of 2 messages spent`),
      })
      expect(await windowOf(id)).toMatchObject({ amount: 2, reserved: 0, spent: 2, isSandbox: true })
      expect((await entriesOf(id)).map(({ type }) => type)).toEqual([
        'allocate',
        'reserve',
        'spend',
        'reserve',
        'spend',
      ])
    })

    test('a daily budget holds a call until the next day, and a larger amount lets it go at once', async () => {
      const { id, name } = await set({ amount: 1, period: 'daily' })
      const run = await post('one', 'two')
      expect(run).toMatchObject({ status: 'waiting', waiting_for: 'budget' })
      const [held] = await inside((tx) =>
        tx
          .selectFrom('tool_executions')
          .selectAll()
          .where('run_id', '=', run.id)
          .where('status', '=', 'planned')
          .execute(),
      )
      expect(held?.error).toMatchObject({ code: 'runtime.budget_exhausted' })
      expect(held?.not_before?.getUTCHours()).toBe(0)
      expect(held?.not_before?.getTime()).toBeGreaterThan(Date.now())
      await set({ name, amount: 2, period: 'daily' })
      await inside(wakeWaiting)
      await waitWhileWaiting(run.id)
      expect(await restOf(testing, asId(run.id))).toMatchObject({ status: 'succeeded' })
      expect(await windowOf(id)).toMatchObject({ amount: 2, spent: 2, reserved: 0 })
      expect((await entriesOf(id)).map(({ type }) => type)).toContain('adjustment')
    })

    test('a model call waits in its run for a window that is spent, and goes on once there is more', async () => {
      const { id } = await set({ amount: 100, period: 'monthly', limits: 'llm_cost' })
      expect(await ask({ atMost: 100, cost: 60 })).toMatchObject({ status: 'succeeded' })
      const run = await ask({ atMost: 50, cost: 20 })
      expect(run).toMatchObject({ status: 'waiting', waiting_for: 'budget' })
      expect(run.budget_wait).toMatchObject({ code: 'runtime.budget_exhausted' })
      await inside((tx) => adjustBudget(tx, { id, by: 10, actor: 'cli', note: 'once' }))
      await inside(wakeWaiting)
      await waitWhileWaiting(run.id)
      expect(await restOf(testing, asId(run.id))).toMatchObject({ status: 'succeeded', budget_wait: null })
      expect(await windowOf(id)).toMatchObject({ amount: 110, spent: 80, reserved: 0 })
    })

    test('side by side, model calls of one run never hold more than there is, and what is refused fails its step', async () => {
      const { id } = await set({ amount: 100, limits: 'llm_cost' })
      const run = await ask(...Array.from({ length: 5 }, () => ({ atMost: 60, cost: 60 })))
      // Those that found it held wait; once it is spent, there is nothing to wait for.
      expect(run.status).toBe('waiting')
      await inside(wakeWaiting)
      await waitWhileWaiting(run.id)
      const rest = await restOf(testing, asId(run.id))
      expect(rest.output).toMatchObject({ answered: 1 })
      expect(await windowOf(id)).toMatchObject({ spent: 60, reserved: 0 })
    })

    test('two model calls of one run do not both take the last of its agent’s ceiling', async () => {
      mostInFlight = 0
      const run = await ask({ atMost: 600, cost: 600 }, { atMost: 600, cost: 600 }, { atMost: 600, cost: 600 })
      expect(run.output).toEqual({ answered: 2, refused: ['runtime.cost_ceiling'] })
      expect(mostInFlight).toBe(1)
      expect(run.cost_micros).toBe(1_200)
    })

    test('each run has the amount of a run budget for itself', async () => {
      const { id } = await set({ amount: 2, scope: 'run' })
      expect((await post('a', 'b', 'c')).output).toMatchObject({ results: [{}, {}, { status: 'denied' }] })
      expect((await post('a', 'b')).output).toMatchObject({
        results: [{ status: 'succeeded' }, { status: 'succeeded' }],
      })
      const { windows } = await inside((tx) => getBudget(tx, id))
      expect(windows.map(({ spent }) => spent)).toEqual([2, 2])
      await expect(inside((tx) => adjustBudget(tx, { id, by: 1, actor: 'cli', note: '' }))).rejects.toMatchObject({
        code: 'runtime.budget_no_window',
      })
    })

    test('a call needs room in every budget that it falls under, and holds something of all or of none', async () => {
      const wide = await set({ amount: 10 })
      await set({ amount: 1, scope: 'agent', agent: 'Spender' })
      expect((await post('one', 'two')).output).toMatchObject({
        results: [{ status: 'succeeded' }, { status: 'denied' }],
      })
      expect(await windowOf(wide.id)).toMatchObject({ spent: 1, reserved: 0 })
    })

    test('of a model call, the cost is spent and the rest given back; what nobody knows counts at its most', async () => {
      const { id } = await set({ amount: 1_000, limits: 'llm_cost' })
      for (const [outcome, spent] of [
        [end(30), 30],
        [refusedCall, 30],
        [broken, 130],
        [end(0, { costSource: 'unknown' }), 230],
      ] as const) {
        const call = await journal().beginLlmCall(start(100))
        expect(await windowOf(id)).toMatchObject({ reserved: 100 })
        await journal().endLlmCall(call, outcome)
        expect(await windowOf(id)).toMatchObject({ reserved: 0, spent })
        // A second settling finds nothing to settle.
        await inside((tx) => settleBudgets(tx, call, 5))
        expect(await windowOf(id)).toMatchObject({ reserved: 0, spent })
      }
    })

    test('where a price is not known, a cost budget refuses, unless it says otherwise; what is free is not asked', async () => {
      const { name } = await set({ amount: 10, limits: 'llm_cost' })
      await expect(journal().beginLlmCall(start(0, 'unknown'))).rejects.toMatchObject({
        code: 'runtime.budget_price_unknown',
      })
      await expect(
        journal().beginLlmCall({ ...start(1), atMost: { costMicros: 1, currency: 'EUR', costSource: 'own-price' } }),
      ).rejects.toMatchObject({ code: 'runtime.budget_currency' })
      await expect(journal().beginLlmCall(start(11))).rejects.toMatchObject({ code: 'runtime.budget_exhausted' })
      await journal().beginLlmCall(start(0, 'free'))
      await set({ name, amount: 10, limits: 'llm_cost', allowsUnpriced: true })
      await journal().beginLlmCall(start(0, 'unknown'))
    })

    test('what a dead holder held is swept once its run is no longer held, and an unknown effect keeps its own', async () => {
      const cost = await set({ amount: 1_000, limits: 'llm_cost' })
      const sends = await set({ amount: 5 })
      const run = await post('one')
      const alive = newId<'llm_call'>()
      const execution = newId<'tool_execution'>()
      await inside(async (tx) => {
        await sql`update agent_runs set status = 'running', lease_expires_at = clock_timestamp() + interval '1 hour' where id = ${run.id}`.execute(
          tx,
        )
        await sql`
          insert into llm_calls (organization_id, id, run_id, operation, provider, requested_model, prompt_hash, request)
          values (${tx.organizationId}, ${alive}, ${run.id}, 'generate', 'openai', 'gpt', 'hash', '{}')
        `.execute(tx)
        await sql`
          insert into tool_executions (organization_id, run_id, id, step_key, tool, effect, status, arguments,
            arguments_hash, preview, fence)
          values (${tx.organizationId}, ${run.id}, ${execution}, 'other', 'slack.postMessage', 'once', 'unknown', '{}',
            'hash', '{"title":"","recipients":[]}', 1)
        `.execute(tx)
        const runId: RunId = asId(run.id)
        const shared = { runId, isSandbox: true } as const
        const money = { ...shared, kind: 'llm_call', limits: 'llm_cost', currency: 'USD', isSandbox: false } as const
        expect(await reserveBudgets(tx, { ...money, callId: alive, amount: 300 })).toBeUndefined()
        // A second asking, as of a call that is made again, holds nothing more.
        expect(await reserveBudgets(tx, { ...money, callId: alive, amount: 300 })).toBeUndefined()
        expect(
          await reserveBudgets(tx, {
            ...shared,
            kind: 'tool_execution',
            limits: 'sends',
            currency: undefined,
            callId: execution,
            amount: 2,
          }),
        ).toBeUndefined()
      })
      expect(await inside(sweepBudgets)).toBe(0)
      expect(await windowOf(cost.id)).toMatchObject({ reserved: 300, spent: 0 })
      await inside((tx) =>
        sql`update agent_runs set lease_expires_at = clock_timestamp() - interval '1 second' where id = ${run.id}`.execute(
          tx,
        ),
      )
      expect(await inside(sweepBudgets)).toBe(1)
      expect(await windowOf(cost.id)).toMatchObject({ reserved: 0, spent: 300 })
      expect(await windowOf(sends.id)).toMatchObject({ reserved: 2, spent: 1 })
      await testing.runtime.settleToolExecution(testing.organizationId, execution, { outcome: 'failed', by: 'cli' })
      expect(await windowOf(sends.id)).toMatchObject({ reserved: 0, spent: 1 })
      await inside((tx) =>
        sql`update agent_runs set status = 'failed', lease_expires_at = null where id = ${run.id}`.execute(tx),
      )
    })

    test('a hundred racers on one budget take what there is, to the last of it, and not more', async () => {
      const { id } = await set({ amount: 10, limits: 'llm_cost' })
      const outcomes = await Promise.allSettled(Array.from({ length: 100 }, () => journal().beginLlmCall(start(3))))
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3)
      expect(await windowOf(id)).toMatchObject({ reserved: 9, spent: 0 })
      const entries = await entriesOf(id)
      expect(entries.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4])
    })

    test('what a budget is for does not change under what it has counted', async () => {
      const { name } = await set({ amount: 10 })
      await expect(set({ name, amount: 10, period: 'daily' })).rejects.toMatchObject({ code: 'runtime.budget_other' })
      await expect(set({ amount: 1, scope: 'agent', agent: 'Nobody' })).rejects.toMatchObject({
        code: 'runtime.agent_unknown',
      })
      await expect(set({ amount: 1, scope: 'brand', brand: 'nobody' })).rejects.toMatchObject({
        code: 'runtime.brand_unknown',
      })
      await expect(set({ amount: 1, scope: 'campaign', campaignId: newId() })).rejects.toMatchObject({
        code: 'runtime.campaign_unknown',
      })
    })

    test('another organization’s budget neither limits nor answers', async () => {
      const { id } = await set({ amount: 0 })
      const other = await addOrganization(database)
      const theirs = createStandaloneJournal({ database, organizationId: other })
      await theirs.endLlmCall(await theirs.beginLlmCall(start(5)), end(5))
      for (const unknown of [id, newId()]) {
        await expect(withTenant(database, other, (tx) => getBudget(tx, unknown))).rejects.toMatchObject({
          code: 'runtime.budget_unknown',
          message: `There is no budget ${unknown}`,
        })
      }
    })

    async function waitWhileWaiting(runId: string): Promise<void> {
      for (let tries = 0; tries < 200; tries += 1) {
        const { status } = await inside((tx) =>
          tx.selectFrom('agent_runs').select('status').where('id', '=', runId).executeTakeFirstOrThrow(),
        )
        if (status !== 'waiting') return
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      throw new Error('The run was not woken')
    }
  })
}
