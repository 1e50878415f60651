import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { databaseKinds, isMissing, openTestDatabase } from '../../test/database.ts'
import { restOf, runToRest, startTestRuntime, type TestRuntime } from '../../test/runtime.ts'
import { asId, type RunId } from '../base/ids.ts'
import { type Database, type TenantTx, withTenant } from '../db/index.ts'
import { defineAgent, intent } from './define-agent.ts'
import type { AlongsideStart } from './spec.ts'

const counts = new Map<string, number>()
const count = (name: string) => {
  const next = (counts.get(name) ?? 0) + 1
  counts.set(name, next)
  return next
}

const anything = z.looseObject({})
const message = (text: string) => ({ tool: 'slack.postMessage', input: { channel: '#general', text } })

let brokenOnce = true
let changedCode = false

const worker = defineAgent({
  name: 'Worker',
  description: 'Does what the tests ask',
  kind: 'workflow',
  policy: { tools: ['slack.postMessage'], agents: ['Helper'], maxCostMicros: 1_000_000 },
  intents: {
    steps: intent({
      description: 'Two steps, the second of which fails the first time',
      input: anything,
      output: z.object({ first: z.number(), big: z.number() }),
      async run({ step }) {
        const first = await step('first', async () => count('first'))
        const big = await step('big', async () => 'x'.repeat(100_000))
        await step('second', async () => {
          if (brokenOnce) throw new Error('broken for now')
          return 1
        })
        return { first, big: big.length }
      },
    }),
    posts: intent({
      description: 'Three posts side by side',
      input: anything,
      output: z.object({ statuses: z.array(z.string()) }),
      async run({ tools, step }) {
        await step('before', async () => count('before posts'))
        const results = await Promise.all(['a', 'b', 'c'].map((name) => tools.call(name, message(name))))
        return { statuses: results.map(({ status }) => status) }
      },
    }),
    family: intent({
      description: 'Asks a child, which waits for a person',
      input: anything,
      output: z.object({ child: z.unknown() }),
      run: async ({ child }) => ({ child: await child('help', { agent: 'Helper', intent: 'help', input: {} }) }),
    }),
    forbidden: intent({
      description: 'Calls what its policy does not name',
      input: anything,
      output: z.object({ status: z.string(), code: z.string().optional() }),
      async run({ tools }) {
        const { status, error } = await tools.call('mail', {
          tool: 'email.send',
          input: { to: ['a@example.com'], subject: 'Hello', text: 'Hello' },
        })
        return { status, code: error?.code }
      },
    }),
    changing: intent({
      description: 'Changes under a waiting run',
      input: anything,
      output: anything,
      async run({ step, tools }) {
        await step(changedCode ? 'renamed' : 'original', async () => 1)
        await tools.call('post', message(changedCode ? 'other bytes' : 'the bytes'))
        return {}
      },
    }),
    slow: intent({
      description: 'Waits until it is cancelled',
      input: anything,
      output: anything,
      async run({ step, signal }) {
        await step('wait', () => new Promise((resolve) => signal.addEventListener('abort', () => resolve(1))))
        return {}
      },
    }),
  },
})

const helper = defineAgent({
  name: 'Helper',
  description: 'Helps',
  kind: 'workflow',
  policy: { tools: ['slack.postMessage'], maxCostMicros: 1_000_000 },
  intents: {
    help: intent({
      description: 'Posts once',
      input: anything,
      output: z.object({ posted: z.string() }),
      async run({ tools, step }) {
        await step('think', async () => count('think'))
        return { posted: (await tools.call('post', message('from the child'))).status }
      },
    }),
  },
})

for (const kind of databaseKinds) {
  describe.skipIf(isMissing(kind))(`runs on the ${kind} database`, () => {
    let database: Database
    let testing: TestRuntime

    beforeAll(async () => {
      database = await openTestDatabase(kind)
      testing = await startTestRuntime(database, [worker, helper], { leaseMs: 2_000 })
    })
    afterAll(async () => {
      await testing.stop()
      await database.close()
    })

    const run = (intentName: string, options: { approveAll?: boolean } = {}) =>
      runToRest(testing, { agent: 'Worker', intent: intentName, ...options })
    const pendingApprovals = (runId: string) =>
      withTenant(database, testing.organizationId, (tx) =>
        tx
          .selectFrom('approvals as a')
          .innerJoin('agent_runs as r', 'r.id', 'a.run_id')
          .select(['a.id', 'a.arguments_hash'])
          .where('r.root_run_id', '=', runId)
          .where('a.status', '=', 'pending')
          .execute(),
      )
    const notified = (runId: string) =>
      withTenant(database, testing.organizationId, async (tx) => {
        const rows = await tx
          .selectFrom('notifications')
          .select(['kind', 'count', 'resolved_at'])
          .where('subject_id', '=', runId)
          .orderBy('kind')
          .execute()
        return rows.map((row) => [row.kind, row.count, row.resolved_at === null ? 'open' : 'resolved'])
      })
    const outbox = () =>
      withTenant(database, testing.organizationId, (tx) =>
        tx.selectFrom('sandbox_records').select(['key', 'value']).where('connector', '=', 'slack').execute(),
      )

    test('a failed run resumes at the step that failed, and finished steps are not run again', async () => {
      counts.clear()
      brokenOnce = true
      const failed = await run('steps')
      expect(failed).toMatchObject({ status: 'failed', error: { message: 'broken for now' } })
      brokenOnce = false
      expect(await notified(failed.id)).toEqual([['run_failed', 1, 'open']])
      await testing.runtime.resumeRun(testing.organizationId, asId(failed.id))
      const resumed = await restOf(testing, asId(failed.id))
      expect(resumed).toMatchObject({ status: 'succeeded', output: { first: 1, big: 100_000 }, attempt: 2 })
      expect(counts.get('first')).toBe(1)
      expect(await notified(failed.id)).toEqual([['run_failed', 1, 'resolved']])
    })

    test('calls side by side all wait for their approvals, hold no worker, and happen once each', async () => {
      counts.clear()
      const waiting = await run('posts')
      expect(waiting).toMatchObject({ status: 'waiting', waiting_for: 'approval', lease_holder: null })
      const approvals = await pendingApprovals(waiting.id)
      expect(approvals).toHaveLength(3)
      const before = (await outbox()).length
      const [first, second, third] = approvals
      const decide = (id: string | undefined, approve: boolean) =>
        testing.runtime.decideApproval(testing.organizationId, asId(id ?? ''), { approve, by: 'user:test' })
      await decide(first?.id, true)
      await decide(second?.id, false)
      expect(await notified(waiting.id)).toEqual([['approval_requested', 3, 'open']])
      await decide(third?.id, true)
      expect(await notified(waiting.id)).toEqual([['approval_requested', 3, 'resolved']])
      let finished = await restOf(testing, asId(waiting.id))
      while (finished.status === 'waiting') finished = await restOf(testing, asId(waiting.id))
      expect(finished.status).toBe('succeeded')
      expect(finished.output).toMatchObject({ statuses: expect.arrayContaining(['succeeded', 'denied', 'succeeded']) })
      expect((await outbox()).length).toBe(before + 2)
      expect(counts.get('before posts')).toBe(1)
      await expect(decide(first?.id, true)).rejects.toMatchObject({ code: 'runtime.approval_over' })
    })

    test('with the yes given beforehand nothing waits, and the yes is on record', async () => {
      const finished = await run('posts', { approveAll: true })
      expect(finished.status).toBe('succeeded')
      const used = await withTenant(database, testing.organizationId, (tx) =>
        tx.selectFrom('approvals').select(['status', 'decided_by']).where('run_id', '=', finished.id).execute(),
      )
      expect(await notified(finished.id)).toEqual([])
      expect(used).toEqual(Array(3).fill({ status: 'used', decided_by: 'cli' }))
    })

    test('a parent waits with its child and goes on with it', async () => {
      counts.clear()
      const waiting = await run('family')
      expect(waiting).toMatchObject({ status: 'waiting', waiting_for: 'child' })
      expect(await notified(waiting.id)).toEqual([['approval_requested', 1, 'open']])
      const [approval] = await pendingApprovals(waiting.id)
      await testing.runtime.decideApproval(testing.organizationId, asId(approval?.id ?? ''), {
        approve: true,
        by: 'user:test',
        argumentsHash: approval?.arguments_hash,
      })
      const finished = await restOf(testing, asId(waiting.id))
      expect(finished).toMatchObject({ status: 'succeeded', output: { child: { posted: 'succeeded' } } })
      expect(counts.get('think')).toBe(1)
    })

    test('a tool outside of the policy is denied on record and never called', async () => {
      const finished = await run('forbidden', { approveAll: true })
      expect(finished.output).toEqual({ status: 'denied', code: 'runtime.policy_denied' })
    })

    test('an approval holds for the bytes that were shown, and code that changed under a run stops it', async () => {
      changedCode = false
      const waiting = await run('changing')
      const [approval] = await pendingApprovals(waiting.id)
      changedCode = true
      await testing.runtime.decideApproval(testing.organizationId, asId(approval?.id ?? ''), {
        approve: true,
        by: 'user:test',
      })
      const stopped = await restOf(testing, asId(waiting.id))
      expect(stopped).toMatchObject({ status: 'needs_attention', error: { code: 'runtime.journal_mismatch' } })
      changedCode = false
      await testing.runtime.resumeRun(testing.organizationId, asId(waiting.id))
      // The step under the changed key is on record too, so the run keeps asking for a person.
      expect(await restOf(testing, asId(waiting.id))).toMatchObject({ status: 'needs_attention' })
    })

    test('a running run is cancelled by its holder, and stays cancelled', async () => {
      const { runId } = await testing.runtime.startRun(testing.organizationId, {
        agent: 'Worker',
        intent: 'slow',
        input: {},
        requestedBy: 'cli',
      })
      await new Promise((resolve) => setTimeout(resolve, 300))
      await testing.runtime.cancelRun(testing.organizationId, runId)
      expect(await restOf(testing, runId)).toMatchObject({ status: 'cancelled' })
      await expect(testing.runtime.resumeRun(testing.organizationId, runId)).rejects.toMatchObject({
        code: 'runtime.not_resumable',
      })
    })

    test('one idempotency key starts one run, also at the same instant, and refuses another request', async () => {
      const request = {
        agent: 'Worker',
        intent: 'forbidden',
        input: {},
        requestedBy: 'cli',
        idempotencyKey: `key-${kind}`,
      }
      const started = await Promise.all([1, 2, 3].map(() => testing.runtime.startRun(testing.organizationId, request)))
      expect(new Set(started.map(({ runId }) => runId)).size).toBe(1)
      expect(started.filter(({ isNew }) => isNew)).toHaveLength(1)
      await expect(
        testing.runtime.startRun(testing.organizationId, { ...request, intent: 'posts' }),
      ).rejects.toMatchObject({ code: 'runtime.idempotency_conflict' })
    })

    test('what is written alongside stands exactly where the run does', async () => {
      const request = {
        agent: 'Worker',
        intent: 'forbidden',
        input: {},
        requestedBy: 'cli',
        idempotencyKey: `alongside-${kind}`,
      }
      const start = (alongside: AlongsideStart) => testing.runtime.startRun(testing.organizationId, request, alongside)
      const failing = start(async () => Promise.reject(new Error('the log is full')))
      await expect(failing).rejects.toThrow('the log is full')
      const told: string[] = []
      const tell = async (_tx: TenantTx, runId: RunId) => void told.push(runId)
      // The key is free again, since nothing of the first stands.
      const started = await Promise.all([start(tell), start(tell)])
      expect(started.filter(({ isNew }) => isNew)).toHaveLength(1)
      expect(told).toEqual([started.find(({ isNew }) => isNew)?.runId])
    })

    test('unknown agents, unknown intents and intents of another agent are told apart', async () => {
      const start = (agent: string, intentName: string) =>
        testing.runtime.startRun(testing.organizationId, { agent, intent: intentName, input: {}, requestedBy: 'cli' })
      await expect(start('Nobody', 'steps')).rejects.toMatchObject({ code: 'runtime.agent_unknown' })
      await expect(start('Worker', 'nothing')).rejects.toMatchObject({ code: 'runtime.intent_unknown' })
      await expect(start('Worker', 'help')).rejects.toMatchObject({ code: 'runtime.intent_of_other_agent' })
    })
  })
}
