import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { addOrganization, databaseKinds, isMissing, openTestDatabase } from '../../../test/database.ts'
import { restOf, runToRest, startTestRuntime, type TestRuntime } from '../../../test/runtime.ts'
import { asId, newId, type OrganizationId, type RunId } from '../../base/ids.ts'
import { type Database, jsonb, type TenantTx, withTenant } from '../../db/index.ts'
import { defineAgent, intent } from '../define-agent.ts'
import { listApprovals } from './approvals.ts'
import { findLlmCall } from './llm-calls.ts'
import { findRunStep } from './run-steps.ts'
import { findRunTrace } from './run-trace.ts'
import { findRun, listRuns } from './run-view.ts'
import { findToolExecution } from './tool-executions.ts'

/** Numbers that no compression makes short. */
const vectorOf = (length: number) => Array.from({ length }, (_, index) => Math.sin(index))

const anything = z.looseObject({})

const editor = defineAgent({
  name: 'Editor',
  description: 'Has a text written',
  kind: 'workflow',
  policy: { tools: [], agents: ['Writer'], maxCostMicros: 1_000_000 },
  intents: {
    edit: intent({
      description: 'Asks a writer',
      input: anything,
      output: anything,
      run: async ({ child }) => ({
        child: await child('have it written', { agent: 'Writer', intent: 'write', input: {} }),
      }),
    }),
    read: intent({
      description: 'Gives back a long text and a short one',
      input: anything,
      output: anything,
      async run({ step }) {
        await step('short', async () => ({ text: 'short' }))
        await step('long', async () => vectorOf(2_000))
        await step('longest', async () => vectorOf(20_000))
        await step('well compressed', async () => 'x'.repeat(50_000))
        await step('nothing', async () => null)
        return {}
      },
    }),
    idle: intent({ description: 'Asks no model', input: anything, output: anything, run: async () => ({}) }),
  },
})

const writer = defineAgent({
  name: 'Writer',
  description: 'Writes',
  kind: 'workflow',
  policy: { tools: ['slack.postMessage'], maxCostMicros: 1_000_000 },
  intents: {
    write: intent({
      description: 'Writes a text and posts it',
      input: anything,
      output: anything,
      async run({ llm, tools }) {
        await llm.text('draft', { prompt: { task: 'Write a line about mills' } })
        const post = await tools.call('post', {
          tool: 'slack.postMessage',
          input: { channel: '#general', text: 'Mills' },
        })
        return { posted: post.status }
      },
    }),
  },
})

/** As if a provider's model had been asked in the run, for 7 micros. */
async function addRealCall(tx: TenantTx, runId: string): Promise<void> {
  await tx
    .insertInto('llm_calls')
    .values({
      organization_id: tx.organizationId,
      id: newId(),
      run_id: runId,
      step_key: 'draft',
      operation: 'generate',
      provider: 'anthropic',
      requested_model: 'writer',
      prompt_hash: '',
      request: jsonb({}),
      cost_micros: 7,
    })
    .execute()
  await tx
    .updateTable('agent_runs')
    .set({ cost_micros: 7 })
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', runId)
    .execute()
}

for (const kind of databaseKinds) {
  describe.skipIf(isMissing(kind))(`what people read of runs on the ${kind} database`, () => {
    let database: Database
    let testing: TestRuntime
    let foreign: OrganizationId
    let runId: RunId

    beforeAll(async () => {
      database = await openTestDatabase(kind)
      testing = await startTestRuntime(database, [editor, writer])
      foreign = await addOrganization(database, 'Foreign')
      runId = asId((await runToRest(testing, { agent: 'Editor', intent: 'edit' })).id)
    })
    afterAll(async () => {
      await testing.stop()
      await database.close()
    })

    const inTenant = <Result>(work: (tx: TenantTx) => Promise<Result>) =>
      withTenant(database, testing.organizationId, work)
    const trace = async () => {
      const found = await inTenant((tx) => findRunTrace(tx, runId, async () => new Map<RunId, never[]>()))
      if (!found) throw new Error('the run is there')
      return found
    }

    test('a child run names the step that it stands for, before that step is on record', async () => {
      const { steps, children, parentStepKey } = await trace()
      expect(steps).toEqual([])
      expect(parentStepKey).toBeUndefined()
      expect(children).toMatchObject([{ agent: 'Writer', parentStepKey: 'have it written', status: 'waiting' }])
    })

    test('a trace is without prompts and arguments, and each call by itself is whole', async () => {
      const [child] = (await trace()).children
      const [call] = child?.llmCalls ?? []
      const [execution] = child?.toolExecutions ?? []
      expect(call).not.toHaveProperty('request')
      expect(call).not.toHaveProperty('response')
      expect(execution).not.toHaveProperty('arguments')
      const wholeCall = await inTenant((tx) => findLlmCall(tx, asId(call?.id ?? '')))
      expect(wholeCall).toMatchObject({ ...call, runId: child?.id, response: { content: [{ type: 'text' }] } })
      expect(JSON.stringify(wholeCall?.request)).toContain('Write a line about mills')
      const wholeExecution = await inTenant((tx) => findToolExecution(tx, asId(execution?.id ?? '')))
      expect(wholeExecution).toMatchObject({
        ...execution,
        runId: child?.id,
        arguments: { channel: '#general', text: 'Mills' },
      })
    })

    test('the calls of another organization are not there', async () => {
      const [child] = (await trace()).children
      const found = await withTenant(database, foreign, async (tx) => [
        await findLlmCall(tx, asId(child?.llmCalls[0]?.id ?? '')),
        await findToolExecution(tx, asId(child?.toolExecutions[0]?.id ?? '')),
      ])
      expect(found).toEqual([undefined, undefined])
    })

    test('a run counts what its children used, in the list as in the detail', async () => {
      const detail = await trace()
      const [child] = detail.children
      expect(detail).toMatchObject({ inputTokens: 0, outputTokens: 0, sandbox: true })
      expect(detail.totalInputTokens).toBeGreaterThan(0)
      expect(detail.totalInputTokens).toBe(child?.inputTokens)
      expect(detail.totalOutputTokens).toBe(child?.outputTokens)
      const listed = (await inTenant((tx) => listRuns(tx, { limit: 10 }))).find(({ id }) => id === runId)
      expect(detail).toMatchObject(listed ?? {})
      expect(listed).toEqual(await inTenant((tx) => findRun(tx, runId)))
    })

    test('a trace is without long outputs, and says how long they are', async () => {
      const read: RunId = asId((await runToRest(testing, { agent: 'Editor', intent: 'read' })).id)
      const steps = await inTenant(async (tx) => (await findRunTrace(tx, read, async () => new Map()))?.steps)
      const [short, long, longest, compressed, nothing] = steps ?? []
      expect(short?.output).toEqual({ text: 'short' })
      expect(short).not.toHaveProperty('outputBytes')
      expect(compressed).not.toHaveProperty('output')
      expect(compressed).toHaveProperty('outputBytes')
      expect(nothing).not.toHaveProperty('outputBytes')
      for (const [step, length] of [
        [long, 2_000],
        [longest, 20_000],
      ] as const) {
        expect(step).not.toHaveProperty('output')
        expect(step?.outputBytes).toBeGreaterThan(4096)
        const whole = await inTenant((tx) => findRunStep(tx, read, step?.key ?? ''))
        expect(whole?.output).toEqual(vectorOf(length))
        expect(await withTenant(database, foreign, (tx) => findRunStep(tx, read, step?.key ?? ''))).toBeUndefined()
      }
    })

    test('a run that asked no model is not called the sandbox', async () => {
      const idle = await runToRest(testing, { agent: 'Editor', intent: 'idle' })
      const view = await inTenant((tx) => findRun(tx, asId(idle.id)))
      expect(view).toMatchObject({ sandbox: false, totalCostMicros: 0 })
    })

    test('the step of a child run lasts as long as the child', async () => {
      const [approval] = await inTenant((tx) => listApprovals(tx, { limit: 1, status: 'pending' }))
      await testing.runtime.decideApproval(testing.organizationId, asId(approval?.id ?? ''), {
        approve: true,
        by: 'user:test',
        argumentsHash: approval?.argumentsHash,
      })
      await restOf(testing, runId)
      const { steps, children, status } = await trace()
      expect(status).toBe('succeeded')
      const [child] = children
      expect(child?.startedAt).toBeDefined()
      expect(steps).toMatchObject([
        { key: 'have it written', kind: 'child', startedAt: child?.startedAt, finishedAt: child?.finishedAt },
      ])
    })

    test('one generation elsewhere takes the sandbox’s name from the run and from those above it', async () => {
      const [child] = (await trace()).children
      await inTenant((tx) => addRealCall(tx, child?.id ?? ''))
      const after = await trace()
      expect(after).toMatchObject({ sandbox: false, costMicros: 0, totalCostMicros: 7 })
      expect(after.children).toMatchObject([{ sandbox: false, totalCostMicros: 7 }])
    })
  })
}
