import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { databaseKinds, isMissing, openTestDatabase } from '../../test/database.ts'
import { startHttpRecorder } from '../../test/http-recorder.ts'
import { impatient } from '../../test/queue-timing.ts'
import { restOf, runToRest, startTestRuntime, type TestRuntime } from '../../test/runtime.ts'
import { asId, type RunId } from '../base/ids.ts'
import { type Database, withTenant } from '../db/index.ts'
import { addEndpoint } from '../webhooks/index.ts'
import { defineAgent, intent } from './define-agent.ts'

const anything = z.looseObject({})
const agent = defineAgent({
  name: 'Teller',
  description: 'Ends as it is asked to',
  kind: 'workflow',
  policy: { tools: ['slack.postMessage'], agents: ['Teller'], maxCostMicros: 1 },
  intents: {
    fine: intent({ description: 'Succeeds', input: anything, output: anything, run: async () => ({}) }),
    broken: intent({
      description: 'Fails',
      input: anything,
      output: anything,
      run: async ({ step }) => ({
        never: await step('fail', async () => {
          throw new Error('says secret words')
        }),
      }),
    }),
    asks: intent({
      description: 'Waits for a person, in a child',
      input: anything,
      output: anything,
      run: async ({ child }) => ({ child: await child('post', { agent: 'Teller', intent: 'posts', input: {} }) }),
    }),
    posts: intent({
      description: 'Posts',
      input: anything,
      output: anything,
      run: async ({ tools }) => ({
        ...(await tools.call('post', { tool: 'slack.postMessage', input: { channel: '#general', text: 'Hello' } })),
      }),
    }),
  },
})

for (const kind of databaseKinds) {
  describe.skipIf(isMissing(kind))(`what endpoints are told of runs on the ${kind} database`, () => {
    let database: Database
    let testing: TestRuntime
    let receiver: Awaited<ReturnType<typeof startHttpRecorder>>
    beforeAll(async () => {
      database = await openTestDatabase(kind)
      testing = await startTestRuntime(database, [agent], { timing: impatient })
      receiver = await startHttpRecorder(({ path }) => (path === '/hangs' ? 'hang' : { status: 204 }))
      for (const path of ['/hangs', '/hears']) {
        await withTenant(database, testing.organizationId, (tx) =>
          addEndpoint(tx, testing.masterKey, {
            url: receiver.url + path,
            eventTypes: ['*'],
            description: '',
            createdBy: 'cli',
          }),
        )
      }
    })
    afterAll(async () => {
      await receiver.close()
      await testing.stop()
      await database.close()
    })

    const Event = z.object({ type: z.string(), data: z.looseObject({ runId: z.string() }) })
    const heardOf = (runId: RunId) =>
      receiver.requests
        .filter(({ path }) => path === '/hears')
        .map(({ body }) => Event.parse(JSON.parse(body)))
        .filter(({ data }) => data.runId === runId)
    const typesOf = (runId: RunId) =>
      heardOf(runId)
        .map(({ type }) => type)
        .toSorted()

    test('ends are told by ids and states alone, and one that never answers holds nobody up', async () => {
      const fine = await runToRest(testing, { agent: 'Teller', intent: 'fine' })
      const broken = await runToRest(testing, { agent: 'Teller', intent: 'broken' })
      await expect.poll(() => typesOf(asId(fine.id)), { timeout: 10_000 }).toEqual(['run.succeeded'])
      await expect.poll(() => typesOf(asId(broken.id)), { timeout: 10_000 }).toEqual(['run.failed'])
      const [failure] = heardOf(asId(broken.id))
      expect(failure?.data).toEqual({
        runId: broken.id,
        agent: 'Teller',
        intent: 'broken',
        status: 'failed',
        errorCode: expect.any(String),
      })
      expect(JSON.stringify(failure)).not.toContain('secret')
    })

    test('what asks for a person is told with its root, and so is the answer', async () => {
      const run = await runToRest(testing, { agent: 'Teller', intent: 'asks' })
      const runId: RunId = asId(run.id)
      await expect.poll(() => typesOf(runId), { timeout: 10_000 }).toEqual(['approval.requested', 'run.waiting'])
      const asked = heardOf(runId).find(({ type }) => type === 'approval.requested')
      const { approvalId } = z.object({ approvalId: z.string() }).parse(asked?.data)
      expect(asked?.data).toMatchObject({ tool: 'slack.postMessage', intent: 'posts' })
      await testing.runtime.decideApproval(testing.organizationId, asId(approvalId), { approve: true, by: 'user:test' })
      expect(await restOf(testing, runId)).toMatchObject({ status: 'succeeded' })
      await expect
        .poll(() => typesOf(runId), { timeout: 10_000 })
        .toEqual(['approval.approved', 'approval.requested', 'run.succeeded', 'run.waiting'])
      const refused = await runToRest(testing, { agent: 'Teller', intent: 'asks' })
      await testing.runtime.cancelRun(testing.organizationId, asId(refused.id))
      await expect
        .poll(() => typesOf(asId(refused.id)), { timeout: 10_000 })
        .toEqual(['approval.requested', 'run.cancelled', 'run.waiting'])
    })
  })
}
