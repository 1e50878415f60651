import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { addOrganization, databaseKinds, isMissing, openTestDatabase } from '../../../test/database.ts'
import { impatient } from '../../../test/queue-timing.ts'
import { restOf, startTestRuntime, type TestRuntime } from '../../../test/runtime.ts'
import { asId, type ConnectionId } from '../../base/ids.ts'
import { type Database, sql, type TenantTx, withTenant } from '../../db/index.ts'
import { defineAgent, intent } from '../define-agent.ts'
import { findConnection } from '../sql/connections.ts'
import { configureAction, listConfiguredActions } from './configure-action.ts'

const Input = z.strictObject({ channel: z.string().optional(), text: z.string(), taint: z.boolean().default(false) })

/** Posts once; its policy asks no approval unless the run is tainted. */
const poster = defineAgent({
  name: 'Poster',
  description: 'Posts',
  kind: 'workflow',
  policy: { tools: ['slack.postMessage'], maxCostMicros: 0, withoutApproval: ['slack.postMessage'] },
  intents: {
    post: intent({
      description: 'Posts',
      input: Input,
      output: z.object({ status: z.string(), code: z.string().optional() }),
      run: async ({ input: { taint: isTainted, ...input }, tools, taint }) => {
        if (isTainted) await taint()
        const { status, error } = await tools.call('post', { tool: 'slack.postMessage', input })
        return { status, code: error?.code }
      },
    }),
  },
})

for (const kind of databaseKinds) {
  describe.skipIf(isMissing(kind))(`what is fixed of actions on the ${kind} database`, () => {
    let database: Database
    let testing: TestRuntime
    let slack: ConnectionId
    beforeAll(async () => {
      database = await openTestDatabase(kind)
      testing = await startTestRuntime(database, [poster], { leaseMs: 1_500, timing: impatient })
      const found = await inTenant((tx) => findConnection(tx, { name: 'slack' }))
      slack = found?.id ?? expect.fail('there is no connection named slack')
    }, 60_000)
    afterAll(async () => {
      await testing.stop()
      await database.close()
    })

    const inTenant = <Result>(work: (tx: TenantTx) => Promise<Result>) =>
      withTenant(database, testing.organizationId, work)
    const configure = (
      config: { enabled?: boolean; fixed?: Record<string, unknown>; defaults?: Record<string, unknown> } = {},
      action = 'postMessage',
    ) =>
      inTenant((tx) =>
        configureAction(tx, {
          connectionId: slack,
          action,
          enabled: true,
          fixed: {},
          defaults: {},
          price: null,
          ...config,
          actor: 'cli',
        }),
      )
    const run = async (input: z.input<typeof Input>) => {
      const request = { agent: 'Poster', intent: 'post', input, requestedBy: 'cli' }
      return restOf(testing, (await testing.runtime.startRun(testing.organizationId, request)).runId)
    }
    const callOf = (runId: string) =>
      inTenant((tx) =>
        tx.selectFrom('tool_executions').selectAll().where('run_id', '=', runId).executeTakeFirstOrThrow(),
      )
    const pendingOf = (runId: string) =>
      inTenant((tx) =>
        tx
          .selectFrom('approvals')
          .selectAll()
          .where('run_id', '=', runId)
          .where('status', '=', 'pending')
          .executeTakeFirst(),
      )
    const approve = (id: string) =>
      testing.runtime.decideApproval(testing.organizationId, asId(id), { approve: true, by: 'cli' })

    test('what is fixed wins, a default fills in, and the ledger has the bytes that were sent', async () => {
      await configure({ fixed: { channel: '#marketing' } })
      const { id, output } = await run({ channel: '#general', text: 'Hello' })
      expect(output).toMatchObject({ status: 'succeeded' })
      expect(await callOf(id)).toMatchObject({
        arguments: { channel: '#marketing', text: 'Hello' },
        preview: { recipients: ['#marketing'], body: 'Hello' },
      })
      await configure({ defaults: { channel: '#marketing' } })
      const mine = await callOf((await run({ channel: '#general', text: 'Mine' })).id)
      expect(mine.arguments).toMatchObject({ channel: '#general' })
      expect((await callOf((await run({ text: 'Theirs' })).id)).arguments).toMatchObject({ channel: '#marketing' })
    })

    test('an action that is switched off is denied, and says so', async () => {
      await configure({ enabled: false })
      const { output, id } = await run({ channel: '#general', text: 'No' })
      expect(output).toMatchObject({ status: 'denied', code: 'runtime.action_disabled' })
      expect(await callOf(id)).toMatchObject({ status: 'denied', attempt: 0 })
      await configure()
      expect((await run({ channel: '#general', text: 'Yes' })).output).toMatchObject({ status: 'succeeded' })
    })

    test('a yes is to the configured bytes, and a change under it asks anew and sends the new ones once', async () => {
      await configure({ fixed: { channel: '#general' } })
      const { id } = await run({ channel: '#random', text: 'Tainted', taint: true })
      const first = (await pendingOf(id)) ?? expect.fail('what text from outside led to asks for a yes')
      expect((await callOf(id)).preview).toMatchObject({ recipients: ['#general'] })
      await configure({ fixed: { channel: '#marketing' } })
      await approve(first.id)
      const second = await vi.waitFor(async () => {
        const asked = await pendingOf(id)
        return asked && asked.id !== first.id ? asked : expect.fail('not asked anew')
      }, 20_000)
      expect(await callOf(id)).toMatchObject({
        arguments: { channel: '#marketing' },
        preview: { recipients: ['#marketing'] },
        attempt: 0,
      })
      await approve(second.id)
      await vi.waitFor(async () => expect(await callOf(id)).toMatchObject({ status: 'succeeded', attempt: 1 }), 20_000)
    })

    test('a call that was cut off before it arrived does not go out under what was fixed then', async () => {
      await configure({ fixed: { channel: '#general' } })
      const { id } = await run({ channel: '#random', text: 'Cut off', taint: true })
      const approval = (await pendingOf(id)) ?? expect.fail('what text from outside led to asks for a yes')
      await configure({ fixed: { channel: '#marketing' } })
      // As a worker leaves it that died with the request on its way, long enough ago.
      await inTenant(async (tx) => {
        const used = { status: 'used' as const, decided_by: 'cli', decided_at: sql<Date>`now()` }
        await tx.updateTable('approvals').set(used).where('id', '=', approval.id).execute()
        const left = { status: 'executing' as const, attempt: 1, deadline_at: sql<Date>`now() - interval '1 minute'` }
        await tx.updateTable('tool_executions').set(left).where('run_id', '=', id).execute()
        await tx.updateTable('agent_runs').set({ status: 'queued', waiting_for: null }).where('id', '=', id).execute()
      })
      const { output } = await restOf(testing, asId(id))
      expect(output).toMatchObject({ status: 'denied', code: 'runtime.action_changed' })
    })

    test('a yes is of no use for what was switched off since', async () => {
      await configure()
      const { id } = await run({ channel: '#general', text: 'Late', taint: true })
      await configure({ enabled: false })
      await approve((await pendingOf(id))?.id ?? '')
      await vi.waitFor(async () => expect(await callOf(id)).toMatchObject({ status: 'denied', attempt: 0 }), 20_000)
      await configure()
    })

    test('arguments that the action has not, or not so, are refused with their places', async () => {
      const faulty = { fixed: { chanel: '#a', text: 5, channel: '#a' }, defaults: { channel: '#b' } }
      await expect(configure(faulty)).rejects.toMatchObject({
        code: 'runtime.action_config_invalid',
        issues: [{ path: 'fixed.chanel' }, { path: 'fixed.text' }, { path: 'defaults.channel' }],
      })
      await expect(configure({}, 'shout')).rejects.toMatchObject({ code: 'runtime.action_unknown' })
      const foreign = await addOrganization(database)
      await expect(withTenant(database, foreign, (tx) => listConfiguredActions(tx, slack))).rejects.toMatchObject({
        code: 'runtime.connection_not_found',
      })
    })
  })
}
