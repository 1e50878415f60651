import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { grantConsents } from '../../test/consents.ts'
import { databaseKinds, isMissing, openTestDatabase } from '../../test/database.ts'
import { impatient } from '../../test/queue-timing.ts'
import { restOf, startTestRuntime, type TestRuntime } from '../../test/runtime.ts'
import { type Database, sql, type TenantTx, withTenant } from '../db/index.ts'
import { unsubscribe } from '../people/index.ts'
import { configureAction } from './actions/configure-action.ts'
import { defineAgent, intent } from './define-agent.ts'
import { removeLimit, setLimit } from './limits/set-limit.ts'
import { setPolicy } from './settings/set-policy.ts'
import { findConnection } from './sql/connections.ts'

const ann = 'ann@example.com'
/** What happens between the first call of a run and the second. */
let meanwhile: (tx: TenantTx) => Promise<unknown> = async () => {}
let inside: <Result>(work: (tx: TenantTx) => Promise<Result>) => Promise<Result>

/** Makes the same call twice, over one connection. */
const twice = defineAgent({
  name: 'Twice',
  description: 'Calls twice',
  kind: 'workflow',
  policy: {
    tools: ['slack.postMessage', 'email.send'],
    maxCostMicros: 0,
    withoutApproval: ['slack.postMessage', 'email.send'],
  },
  intents: {
    twice: intent({
      description: 'Calls twice',
      input: z.strictObject({ tool: z.enum(['slack.postMessage', 'email.send']) }),
      output: z.array(z.string()),
      run: async ({ input: { tool }, tools }) => {
        const input =
          tool === 'email.send'
            ? { to: [ann], subject: 'Hello', text: 'Hello' }
            : { channel: '#general', text: 'Hello' }
        const first = await tools.call('first', { tool, input })
        await inside(meanwhile)
        const second = await tools.call('second', { tool, input })
        return [first, second].map(({ status, error }) => (error ? `${status} ${error.code}` : status))
      },
    }),
  },
})

for (const kind of databaseKinds) {
  describe.skipIf(isMissing(kind))(`the second call over a connection on the ${kind} database`, () => {
    let database: Database
    let testing: TestRuntime
    beforeAll(async () => {
      database = await openTestDatabase(kind)
      testing = await startTestRuntime(database, [twice], { timing: impatient })
      inside = (work) => withTenant(database, testing.organizationId, work)
    })
    afterAll(async () => {
      await testing?.stop()
      await database?.close()
    })
    afterEach(() => {
      meanwhile = async () => {}
    })

    const run = async (tool: 'slack.postMessage' | 'email.send' = 'slack.postMessage') => {
      const { runId } = await testing.runtime.startRun(testing.organizationId, {
        agent: 'Twice',
        intent: 'twice',
        input: { tool },
        requestedBy: 'cli',
      })
      const { status, output } = await restOf(testing, runId)
      expect(status).toBe('succeeded')
      const calls = await inside((tx) =>
        tx
          .selectFrom('tool_executions')
          .select(['arguments', 'status', 'policy_version'])
          .where('run_id', '=', runId)
          .orderBy('step_key')
          .execute(),
      )
      return { runId, output, calls }
    }
    const configure = (change: { enabled?: boolean; fixed?: Record<string, unknown> }) => async (tx: TenantTx) => {
      const connectionId = (await findConnection(tx, { name: 'slack' }))?.id ?? expect.fail('no connection slack')
      const none = { enabled: true, fixed: {}, defaults: {}, price: null }
      await configureAction(tx, { connectionId, action: 'postMessage', actor: 'cli', ...none, ...change })
    }

    test('leaves as the first did where nothing changed', async () => {
      expect((await run()).output).toEqual(['succeeded', 'succeeded'])
    })

    test('goes by what was fixed of the action meanwhile', async () => {
      meanwhile = configure({ fixed: { channel: '#marketing' } })
      const { output, calls } = await run()
      expect(output).toEqual(['succeeded', 'succeeded'])
      expect(calls.map((call) => call.arguments)).toMatchObject([{ channel: '#general' }, { channel: '#marketing' }])
      meanwhile = configure({ enabled: false })
      expect((await run()).output).toEqual(['succeeded', 'denied runtime.action_disabled'])
      await inside(configure({}))
    })

    test('goes by the policy that was written meanwhile', async () => {
      const set = (tools?: readonly string[]) => (tx: TenantTx) =>
        setPolicy(tx, twice, { rules: tools ? { tools } : {}, note: '', actor: 'cli', mayApprove: true })
      meanwhile = set(['email.send'])
      const { output, calls } = await run()
      expect(output).toEqual(['succeeded', 'denied runtime.policy_denied'])
      expect(calls).toMatchObject([{ policy_version: null }, { policy_version: 1 }])
      meanwhile = set()
      const again = await run()
      expect(again.output).toEqual(['denied runtime.policy_denied', 'succeeded'])
    })

    test('goes over a connection that was written anew meanwhile, and not over one that was shut', async () => {
      const change = (text: string) => (tx: TenantTx) =>
        sql`update connector_auths set ${sql.raw(text)} where organization_id = ${tx.organizationId} and name = 'slack'`.execute(
          tx,
        )
      meanwhile = change('last_checked_at = now()')
      expect((await run()).output).toEqual(['succeeded', 'succeeded'])
      meanwhile = change(`status = 'disabled'`)
      const { runId } = await testing.runtime.startRun(testing.organizationId, {
        agent: 'Twice',
        intent: 'twice',
        input: { tool: 'slack.postMessage' },
        requestedBy: 'cli',
      })
      expect(await restOf(testing, runId)).toMatchObject({
        status: 'failed',
        error: { code: 'runtime.connection_disabled' },
      })
      await inside(change(`status = 'active'`))
    })

    test('is counted where a limit was set meanwhile', async () => {
      let limitId = ''
      meanwhile = async (tx) => {
        limitId = (
          await setLimit(tx, new Map(), { scope: 'connection', connection: 'slack', perMinute: 5, actor: 'cli' })
        ).id
      }
      expect((await run()).output).toEqual(['succeeded', 'succeeded'])
      const { rows } = await inside((tx) =>
        sql<{ passes: number }>`
          select sum(calls)::int as passes from connection_seconds where organization_id = ${tx.organizationId}
        `.execute(tx),
      )
      expect(rows).toEqual([{ passes: 1 }])
      await inside((tx) => removeLimit(tx, limitId))
    })

    test('does not reach who said no meanwhile', async () => {
      await grantConsents(testing, [ann])
      meanwhile = (tx) => unsubscribe(tx, { address: ann, masterKey: testing.masterKey })
      expect((await run('email.send')).output).toEqual(['succeeded', expect.stringMatching(/^denied runtime\./)])
    })
  })
}
