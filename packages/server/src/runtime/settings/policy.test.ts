import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { addOrganization, databaseKinds, isMissing, openTestDatabase } from '../../../test/database.ts'
import { impatient } from '../../../test/queue-timing.ts'
import { restOf, startTestRuntime, type TestRuntime } from '../../../test/runtime.ts'
import { asId, type RunId } from '../../base/ids.ts'
import { type Database, sql, type TenantTx, withTenant } from '../../db/index.ts'
import { setUnknownRecipients } from '../../people/index.ts'
import { defineAgent, intent } from '../define-agent.ts'
import type { PolicyRules } from './policy-rules.ts'
import { setPolicy } from './set-policy.ts'
import { findOpening } from './sql/find-opening.ts'
import { listPolicies } from './sql/policies.ts'

const Input = z.strictObject({
  to: z.array(z.string()).default(['#general']),
  texts: z.array(z.string()).default(['Hello']),
  tainted: z.boolean().default(false),
})

/** Posts each text to each channel, side by side; `by mail` sends one mail to all. */
const poster = defineAgent({
  name: 'Poster',
  description: 'Posts what it is told',
  kind: 'workflow',
  policy: { tools: ['slack.postMessage', 'email.send'], maxCostMicros: 1, withoutApproval: ['slack.postMessage'] },
  intents: {
    post: intent({
      description: 'Posts texts',
      input: Input,
      output: z.object({ results: z.array(z.object({ status: z.string(), code: z.string().optional() })) }),
      run: async ({ input, tools, taint }) => {
        if (input.tainted) await taint()
        const calls = input.to.flatMap((channel) => input.texts.map((text) => ({ channel, text })))
        const results = await Promise.all(
          calls.map((call, index) => tools.call(`post ${index}`, { tool: 'slack.postMessage', input: call })),
        )
        return { results: results.map(({ status, error }) => ({ status, code: error?.code })) }
      },
    }),
    mail: intent({
      description: 'Sends one mail',
      input: Input,
      output: z.object({ status: z.string(), code: z.string().optional(), message: z.string().optional() }),
      run: async ({ input, tools, taint }) => {
        if (input.tainted) await taint()
        const { status, error } = await tools.call('mail', {
          tool: 'email.send',
          input: { to: input.to, subject: 'Hello', text: 'Hello' },
        })
        return { status, code: error?.code, message: error?.message }
      },
    }),
  },
})

const always = { timeZone: 'UTC', hours: [{ days: [1, 2, 3, 4, 5, 6, 7] as const, from: '00:00', to: '24:00' }] }
/** Open on one day of the week that is neither today nor beside it. */
const closedNow = () => {
  const day = [1, 2, 3, 4, 5, 6, 7] as const
  const later = day.filter((one) => one === ((new Date().getUTCDay() + 2) % 7) + 1)
  return { timeZone: 'UTC', hours: [{ days: later, from: '09:00', to: '17:00' }] }
}

for (const kind of databaseKinds) {
  describe.skipIf(isMissing(kind))(`an organization's policy on the ${kind} database`, () => {
    let database: Database
    let testing: TestRuntime
    beforeAll(async () => {
      database = await openTestDatabase(kind)
      testing = await startTestRuntime(database, [poster], { timing: impatient })
    })
    afterAll(async () => {
      await testing?.stop()
      await database?.close()
    })
    beforeEach(() => set({}))

    const inside = <Result>(work: (tx: TenantTx) => Promise<Result>) =>
      withTenant(database, testing.organizationId, work)
    const set = (rules: PolicyRules, change: { mayApprove?: boolean; expectedVersion?: number } = {}) =>
      inside((tx) => setPolicy(tx, poster, { rules, note: '', actor: 'cli', mayApprove: true, ...change }))
    const start = async (input: object = {}, intentName = 'post') => {
      const { runId } = await testing.runtime.startRun(testing.organizationId, {
        agent: 'Poster',
        intent: intentName,
        input,
        requestedBy: 'cli',
      })
      return runId
    }
    const run = async (input: object = {}, intentName = 'post') => restOf(testing, await start(input, intentName))
    const calls = (runId: string) =>
      inside((tx) =>
        tx
          .selectFrom('tool_executions')
          .select(['id', 'status', 'not_before', 'policy_version'])
          .where('run_id', '=', runId)
          .orderBy('created_at')
          .execute(),
      )
    const posted = async () =>
      (await inside((tx) => tx.selectFrom('sandbox_records').select('key').where('connector', '=', 'slack').execute()))
        .length
    const forgetCalls = () =>
      inside((tx) =>
        sql`update tool_executions set started_at = started_at - interval '30 days' where organization_id = ${tx.organizationId}`.execute(
          tx,
        ),
      )
    const rested = async (runId: RunId, status: string) => {
      for (let turn = 0; turn < 100; turn += 1) {
        const row = await restOf(testing, runId)
        if (row.status === status) return row
        await wait(100)
      }
      throw new Error(`The run did not become ${status}`)
    }

    test('without one the code’s policy alone counts, and each change is a version with who and when', async () => {
      const done = await run()
      expect(done).toMatchObject({ status: 'succeeded', output: { results: [{ status: 'succeeded' }] } })
      const before = (await set({ tools: [] })).version
      const { version, rules, actor } = await set({ tools: ['slack.postMessage'] })
      expect({ version, rules, actor }).toEqual({
        version: before + 1,
        rules: { tools: ['slack.postMessage'] },
        actor: 'cli',
      })
      const next = await run()
      expect(next.policy_version).toBe(version)
      expect(await calls(next.id)).toMatchObject([{ status: 'succeeded', policy_version: version }])
    })

    test('it takes tools away, and cannot give any', async () => {
      await set({ tools: ['email.send'] })
      expect((await run()).output).toEqual({ results: [{ status: 'denied', code: 'runtime.policy_denied' }] })
      await expect(set({ tools: ['webhook.deliver'] })).rejects.toMatchObject({
        code: 'runtime.policy_invalid',
        issues: [{ path: 'tools[0]' }],
      })
      await expect(set({ recipients: [{ tool: 'slack.none', allow: ['#a'] }] })).rejects.toThrow('slack.none')
      await expect(set({ caps: [{ channel: 'fax', perDay: 1 }] })).rejects.toThrow('fax')
      await expect(set({ sendWindow: { ...always, timeZone: 'Mars/Olympus' } })).rejects.toThrow('Mars/Olympus')
      await expect(
        set({ sendWindow: { timeZone: 'UTC', hours: [{ days: [1], from: '17:00', to: '09:00' }] } }),
      ).rejects.toThrow('not after 17:00')
    })

    test('it says whom a tool may reach, by address, domain and channel', async () => {
      await inside((tx) => setUnknownRecipients(tx, 'allow'))
      await set({
        recipients: [
          { tool: 'slack.postMessage', allow: ['#general'] },
          { tool: 'email.send', allow: ['@example.com'] },
        ],
      })
      expect((await run({ to: ['#general', '#board'] })).output).toEqual({
        results: [{ status: 'succeeded' }, { status: 'denied', code: 'runtime.recipient_denied' }],
      })
      const denied = await run({ to: ['ann@example.com', 'thief@evil.example'] }, 'mail')
      expect(denied.output).toMatchObject({ status: 'denied', code: 'runtime.recipient_denied' })
      expect(denied.output).toMatchObject({ message: expect.stringContaining('thief@evil.example') })
      expect(denied.output).toMatchObject({ message: expect.not.stringContaining('ann@example.com') })
      expect(await run({ to: ['ann@example.com'] }, 'mail')).toMatchObject({ status: 'waiting' })
    })

    test('outside of the hours a call waits with its run, which goes on as soon as a new policy lets it', async () => {
      const before = await posted()
      await set({ sendWindow: closedNow() })
      const waiting = await run()
      expect(waiting).toMatchObject({ status: 'waiting', waiting_for: 'send_time', lease_holder: null })
      const [call] = await calls(waiting.id)
      expect(call?.status).toBe('planned')
      expect(call?.not_before?.getTime()).toBeGreaterThan(Date.now() + 24 * 3_600_000)
      // Nothing wakes it before its time.
      await wait(600)
      expect(await posted()).toBe(before)
      expect((await restOf(testing, asId(waiting.id))).attempt).toBe(1)
      await set({ sendWindow: always })
      expect(await rested(asId(waiting.id), 'succeeded')).toMatchObject({
        output: { results: [{ status: 'succeeded' }] },
      })
      expect(await posted()).toBe(before + 1)
      expect(await calls(waiting.id)).toMatchObject([{ status: 'succeeded', not_before: null }])
    })

    test('an approval may be given at any hour, and the call then waits for its own', async () => {
      await set({ sendWindow: closedNow(), approvals: { require: ['slack.postMessage'] } })
      const asked = await run()
      expect(asked).toMatchObject({ status: 'waiting', waiting_for: 'approval' })
      const [approval] = await inside((tx) =>
        tx.selectFrom('approvals').select('id').where('run_id', '=', asked.id).execute(),
      )
      await testing.runtime.decideApproval(testing.organizationId, asId(approval?.id ?? ''), {
        approve: true,
        by: 'cli',
      })
      let row = await restOf(testing, asId(asked.id))
      for (let turn = 0; turn < 50 && row.waiting_for !== 'send_time'; turn += 1) {
        await wait(100)
        row = await restOf(testing, asId(asked.id))
      }
      expect(row).toMatchObject({ status: 'waiting', waiting_for: 'send_time', attempt: 2 })
      await set({})
      expect((await rested(asId(asked.id), 'succeeded')).output).toEqual({ results: [{ status: 'succeeded' }] })
    })

    test('a run that waits for its time is cancelled with what it held', async () => {
      await set({ sendWindow: closedNow() })
      const { id } = await run()
      await testing.runtime.cancelRun(testing.organizationId, asId(id))
      expect(await calls(id)).toMatchObject([{ status: 'denied', not_before: null }])
      await set({})
      expect((await restOf(testing, asId(id))).status).toBe('cancelled')
    })

    test('a cap holds however many calls race for it, and the others wait for room', async () => {
      await forgetCalls()
      const before = await posted()
      await set({ caps: [{ channel: 'slack', perDay: 3 }] })
      const runs = await Promise.all(['a', 'b', 'c', 'd'].map((text) => start({ texts: [text, `${text} again`] })))
      const rows = await Promise.all(runs.map((runId) => restOf(testing, runId)))
      expect(await posted()).toBe(before + 3)
      const all = (await Promise.all(runs.map((runId) => calls(runId)))).flat()
      expect(all.filter(({ status }) => status === 'succeeded')).toHaveLength(3)
      expect(all.filter((call) => call.status === 'planned' && call.not_before !== null)).toHaveLength(5)
      expect(rows.filter(({ waiting_for: reason }) => reason === 'send_time').length).toBeGreaterThanOrEqual(3)
      // A day later there is room for three more.
      await forgetCalls()
      await inside((tx) =>
        sql`update tool_executions set not_before = clock_timestamp() where not_before is not null and organization_id = ${tx.organizationId}`.execute(
          tx,
        ),
      )
      await expect.poll(posted, { timeout: 15_000 }).toBe(before + 6)
      await set({})
      await expect.poll(posted, { timeout: 15_000 }).toBe(before + 8)
    })

    test('a call that alone is beyond a cap is denied, since it would wait for ever', async () => {
      await inside((tx) => setUnknownRecipients(tx, 'allow'))
      await set({ caps: [{ tool: 'email.send', perHour: 1 }], approvals: { exempt: [{ tool: 'email.send' }] } })
      expect((await run({ to: ['a@example.com', 'b@example.com'] }, 'mail')).output).toMatchObject({
        status: 'denied',
        code: 'runtime.cap_exceeded',
      })
      expect((await run({ to: ['a@example.com'] }, 'mail')).output).toMatchObject({ status: 'succeeded' })
      expect(await run({ to: ['c@example.com'] }, 'mail')).toMatchObject({ waiting_for: 'send_time' })
    })

    test('a standing yes does not hold in a tainted run, unless it names such runs and each recipient', async () => {
      await inside((tx) => setUnknownRecipients(tx, 'allow'))
      const mail = (to: readonly string[], tainted: boolean) => run({ to, tainted }, 'mail')
      await set({ approvals: { exempt: [{ tool: 'email.send' }] } })
      expect((await mail(['ann@example.com'], false)).status).toBe('succeeded')
      expect((await mail(['ann@example.com'], true)).waiting_for).toBe('approval')
      await expect(set({ approvals: { exempt: [{ tool: 'email.send', whenTainted: true }] } })).rejects.toMatchObject({
        code: 'runtime.policy_invalid',
      })
      await set({ approvals: { exempt: [{ tool: 'email.send', whenTainted: true, recipients: ['@example.com'] }] } })
      expect((await mail(['ann@example.com'], true)).status).toBe('succeeded')
      expect((await mail(['ann@example.com', 'thief@evil.example'], true)).waiting_for).toBe('approval')
      expect((await run({ tainted: true })).waiting_for).toBe('approval')
    })

    test('who may not say yes cannot give a standing one, nor take an approval away', async () => {
      const exempt = [{ tool: 'email.send' }]
      await expect(set({ approvals: { exempt } }, { mayApprove: false })).rejects.toMatchObject({
        code: 'identity.permission_missing',
      })
      await set({ approvals: { exempt, require: ['slack.postMessage'] } })
      await expect(set({ approvals: { exempt } }, { mayApprove: false })).rejects.toThrow('slack.postMessage')
      await expect(
        set({ tools: [], approvals: { exempt, require: ['slack.postMessage'] } }, { mayApprove: false }),
      ).resolves.toMatchObject({ rules: { tools: [] } })
    })

    test('a change that was made from an older version is refused, and two at once get two versions', async () => {
      const { version } = await set({})
      await set({ tools: [] }, { expectedVersion: version })
      await expect(set({}, { expectedVersion: version })).rejects.toMatchObject({ code: 'runtime.policy_changed' })
      const both = await Promise.all([set({ tools: [] }), set({})])
      expect(new Set(both.map((one) => one.version)).size).toBe(2)
    })

    test('another organization’s policy counts for nothing here', async () => {
      const other = await addOrganization(database)
      await withTenant(database, other, (tx) =>
        setPolicy(tx, poster, { rules: { tools: [] }, note: '', actor: 'cli', mayApprove: true }),
      )
      expect((await run()).status).toBe('succeeded')
      expect(await withTenant(database, other, (tx) => listPolicies(tx, 'Poster', { limit: 9 }))).toHaveLength(1)
    })

    test.skipIf(kind === 'embedded')(
      'a call that asks while a policy is being written waits for it, and goes by it',
      async () => {
        const { promise: isWritten, resolve: written } = Promise.withResolvers<void>()
        const { promise: mayCommit, resolve: commit } = Promise.withResolvers<void>()
        const setting = inside(async (tx) => {
          await setPolicy(tx, poster, { rules: { tools: [] }, note: '', actor: 'cli', mayApprove: true })
          written()
          await mayCommit
        })
        await isWritten
        const runId = await start()
        await wait(600)
        expect(await calls(runId)).toEqual([])
        commit()
        await setting
        expect((await restOf(testing, runId)).output).toEqual({
          results: [{ status: 'denied', code: 'runtime.policy_denied' }],
        })
      },
    )

    test('hours are those of the zone’s clocks, over both changes of the time', async () => {
      const morning = (timeZone: string) => ({
        timeZone,
        hours: [{ days: [1, 2, 3, 4, 5] as const, from: '09:00', to: '17:00' }],
      })
      const opening = (window: Parameters<typeof findOpening>[1], at: string) =>
        inside(async (tx) => (await findOpening(tx, window, new Date(at)))?.toISOString())
      // Berlin is at UTC+1 in winter and at UTC+2 from 2026-03-29 until 2026-10-25.
      const berlin = morning('Europe/Berlin')
      expect(await opening(berlin, '2026-03-27T07:59:00Z')).toBe('2026-03-27T08:00:00.000Z')
      expect(await opening(berlin, '2026-03-27T08:00:00Z')).toBeUndefined()
      expect(await opening(berlin, '2026-03-27T16:00:00Z')).toBe('2026-03-30T07:00:00.000Z')
      expect(await opening(berlin, '2026-10-23T15:00:00Z')).toBe('2026-10-26T08:00:00.000Z')
      // Half hours, and a day that has begun there already.
      expect(await opening(morning('Asia/Kolkata'), '2026-06-07T20:00:00Z')).toBe('2026-06-08T03:30:00.000Z')
      // An hour that the spring leaves out, on Sundays alone.
      const night = { timeZone: 'Europe/Berlin', hours: [{ days: [7] as const, from: '02:00', to: '02:30' }] }
      expect(await opening(night, '2026-03-28T12:00:00Z')).toBe('2026-03-29T01:00:00.000Z')
      const whole = { timeZone: 'Europe/Berlin', hours: [{ days: [7] as const, from: '00:00', to: '24:00' }] }
      expect(await opening(whole, '2026-10-25T22:59:59Z')).toBeUndefined()
      expect(await opening(whole, '2026-10-25T23:00:00Z')).toBe('2026-10-31T23:00:00.000Z')
    })
  })
}
