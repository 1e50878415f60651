import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { databaseKinds, isMissing, openTestDatabase } from '../../test/database.ts'
import { addMember } from '../../test/members.ts'
import { impatient } from '../../test/queue-timing.ts'
import { restOf, startTestRuntime, type TestRuntime } from '../../test/runtime.ts'
import { type ApprovalId, asId, newId, type RunId } from '../base/ids.ts'
import { type Database, withTenant } from '../db/index.ts'
import { defineAgent, intent } from './define-agent.ts'
import { setPolicy } from './settings/set-policy.ts'

const messenger = (name: string) =>
  defineAgent({
    name,
    description: 'Posts what it is asked',
    kind: 'workflow',
    policy: { tools: ['slack.postMessage'], agents: ['Helper'], maxCostMicros: 0 },
    intents: {
      [`post as ${name}`]: intent({
        description: 'Posts, or has it posted',
        input: z.object({ isLeft: z.boolean().default(false) }),
        output: z.object({ status: z.unknown() }),
        run: async ({ tools, child, input }) => {
          if (input.isLeft)
            return { status: await child('help', { agent: 'Helper', intent: 'post as Helper', input: {} }) }
          const { status } = await tools.call('post', {
            tool: 'slack.postMessage',
            input: { channel: '#general', text: 'Hi' },
          })
          return { status }
        },
      }),
    },
  })
const asker = messenger('Asker')
const helper = messenger('Helper')
const [anna, ben] = [`user:${newId()}`, `user:${newId()}`]
const rules = { approvals: { fourEyes: ['slack.postMessage'] } }

for (const kind of databaseKinds) {
  describe.skipIf(isMissing(kind))(`four eyes on the ${kind} database`, () => {
    let database: Database
    let testing: TestRuntime
    beforeAll(async () => {
      database = await openTestDatabase(kind)
      testing = await startTestRuntime(database, [asker, helper], { timing: impatient })
      for (const agent of [asker, helper]) await change(agent, rules)
    })
    afterAll(async () => {
      await testing.stop()
      await database.close()
    })

    const inside = <Result>(work: Parameters<typeof withTenant<Result>>[2]) =>
      withTenant(database, testing.organizationId, work)
    const change = (agent: typeof asker, to: Parameters<typeof setPolicy>[2]['rules']) =>
      inside((tx) => setPolicy(tx, agent, { rules: to, note: '', actor: 'cli', mayApprove: true }))
    const ask = async (requestedBy: string, more: { input?: unknown; approveAll?: boolean } = {}) => {
      const request = { agent: 'Asker', intent: 'post as Asker', input: {}, requestedBy, ...more }
      const { runId } = await testing.runtime.startRun(testing.organizationId, request)
      expect(await restOf(testing, runId)).toMatchObject({ status: 'waiting', waiting_for: expect.any(String) })
      return runId
    }
    const approvalOf = async (rootRunId: RunId): Promise<ApprovalId> => {
      const { id } = await inside((tx) =>
        tx
          .selectFrom('approvals as a')
          .innerJoin('agent_runs as r', (join) =>
            join.onRef('r.organization_id', '=', 'a.organization_id').onRef('r.id', '=', 'a.run_id'),
          )
          .select('a.id')
          .where('r.root_run_id', '=', rootRunId)
          .where('a.status', '=', 'pending')
          .executeTakeFirstOrThrow(),
      )
      return asId(id)
    }
    const decide = async (runId: RunId, by: string, approve = true) =>
      testing.runtime.decideApproval(testing.organizationId, await approvalOf(runId), { approve, by })
    const own = { code: 'runtime.own_request', kind: 'forbidden' }

    test('who asked may say no, and another may say yes', async () => {
      const runId = await ask(anna)
      await expect(decide(runId, anna)).rejects.toMatchObject(own)
      await decide(runId, ben)
      expect(await restOf(testing, runId)).toMatchObject({ status: 'succeeded', output: { status: 'succeeded' } })
      const refused = await ask(anna)
      await decide(refused, anna, false)
      expect(await restOf(testing, refused)).toMatchObject({ output: { status: 'denied' } })
    })

    test('a yes beforehand is the same person’s, and counts for nothing', async () => {
      const runId = await ask(anna, { approveAll: true })
      await expect(decide(runId, anna)).rejects.toMatchObject(own)
    })

    test('a key, a schedule, a trigger and a child run act for whoever made them', async () => {
      const { userId } = await addMember(database, { organizationId: testing.organizationId, role: 'admin' })
      const keyOf = async (owner: typeof userId | null) => {
        const id = newId()
        await inside((tx) =>
          tx
            .insertInto('api_keys')
            .values({
              organization_id: tx.organizationId,
              id,
              name: id,
              prefix: 'nh_',
              hash: newId(),
              scopes: [],
              owner_user_id: owner,
              created_by: anna,
            })
            .execute(),
        )
        return `api_key:${id}`
      }
      const [membersKey, operatorsKey] = [await keyOf(userId), await keyOf(null)]
      await expect(decide(await ask(membersKey), `user:${userId}`)).rejects.toMatchObject(own)
      await expect(decide(await ask(`user:${userId}`), membersKey)).rejects.toMatchObject(own)
      // Behind a key that no person stands behind is the operator.
      await expect(decide(await ask(operatorsKey), 'cli')).rejects.toMatchObject(own)
      const byTrigger = await ask(`trigger:${newId()} of ${membersKey}`)
      await expect(decide(byTrigger, `user:${userId}`)).rejects.toMatchObject(own)
      const bySchedule = await ask(`schedule:${newId()} of ${anna}`)
      await expect(decide(bySchedule, anna)).rejects.toMatchObject(own)
      const byChild = await ask(anna, { input: { isLeft: true } })
      await expect(decide(byChild, anna)).rejects.toMatchObject(own)
      await decide(byChild, ben)
      expect(await restOf(testing, byChild)).toMatchObject({ status: 'succeeded' })
    })

    test('where nobody knows any more who asked, nobody says yes', async () => {
      const byGone = await ask(`trigger:${newId()}`)
      await expect(decide(byGone, anna)).rejects.toMatchObject(own)
      await expect(decide(await ask(anna), `api_key:${newId()}`)).rejects.toMatchObject(own)
      await decide(byGone, anna, false)
    })

    test('what is asked for while a yes stands counts before the call leaves', async () => {
      await change(asker, {})
      const runId = await ask(anna)
      const approvalId = await approvalOf(runId)
      const decision = { approve: true, by: anna }
      await testing.runtime.decideApproval(testing.organizationId, approvalId, decision, async (tx) => {
        await setPolicy(tx, asker, { rules, note: '', actor: 'cli', mayApprove: true })
      })
      expect(await restOf(testing, runId)).toMatchObject({ output: { status: 'expired' } })
      // And of one that waited before.
      await change(asker, {})
      const waiting = await ask(anna)
      await change(asker, rules)
      await expect(decide(waiting, anna)).rejects.toMatchObject(own)
    })
  })
}
