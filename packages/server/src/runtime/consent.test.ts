import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { grantConsents } from '../../test/consents.ts'
import { addOrganization, databaseKinds, isMissing, openTestDatabase } from '../../test/database.ts'
import { impatient } from '../../test/queue-timing.ts'
import { restOf, startTestRuntime, type TestRuntime } from '../../test/runtime.ts'
import { asId } from '../base/ids.ts'
import { type Database, sql, type TenantTx, withTenant } from '../db/index.ts'
import {
  findPersonDetail,
  listPeople,
  recordConsent,
  setUnknownRecipients,
  suppressAddress,
  unsubscribe,
} from '../people/index.ts'
import { defineAgent, intent } from './define-agent.ts'

const Input = z.strictObject({ to: z.array(z.string()) })
const writer = (name: string, { transactional = false, withoutApproval = true } = {}) =>
  defineAgent({
    name,
    description: 'Sends one mail',
    kind: 'workflow',
    policy: {
      tools: ['email.send'],
      maxCostMicros: 0,
      ...(transactional ? { transactional: ['email.send'] } : {}),
      ...(withoutApproval ? { withoutApproval: ['email.send'] } : {}),
    },
    intents: {
      [`write-${name.toLowerCase()}`]: intent({
        description: 'Sends one mail',
        input: Input,
        output: z.object({
          status: z.string(),
          code: z.string().optional(),
          message: z.string().optional(),
          hint: z.string().optional(),
        }),
        run: async ({ input, tools }) => {
          const { status, error } = await tools.call('mail', {
            tool: 'email.send',
            input: { to: input.to, subject: 'Hello', text: 'Hello' },
          })
          return { status, code: error?.code, message: error?.message, hint: error?.hint }
        },
      }),
    },
  })

for (const kind of databaseKinds) {
  describe.skipIf(isMissing(kind))(`mail to people on the ${kind} database`, () => {
    let database: Database
    let testing: TestRuntime
    let number = 0
    beforeAll(async () => {
      database = await openTestDatabase(kind)
      const agents = [
        writer('Marketer'),
        writer('Clerk', { transactional: true }),
        writer('Asker', { withoutApproval: false }),
      ]
      testing = await startTestRuntime(database, agents, { timing: impatient })
    })
    afterAll(async () => {
      await testing?.stop()
      await database?.close()
    })
    let ann = ''
    beforeEach(() => {
      ann = `ann${(number += 1)}@example.com`
    })

    const inside = <Result>(work: (tx: TenantTx) => Promise<Result>) =>
      withTenant(database, testing.organizationId, work)
    const start = async (to: readonly string[], agent = 'Marketer') => {
      const { runId } = await testing.runtime.startRun(testing.organizationId, {
        agent,
        intent: `write-${agent.toLowerCase()}`,
        input: { to },
        requestedBy: 'cli',
      })
      return runId
    }
    const send = async (to: readonly string[], agent?: string) => (await restOf(testing, await start(to, agent))).output
    const outbox = async (address: string) =>
      (
        await inside((tx) =>
          tx.selectFrom('sandbox_records').select('value').where('collection', '=', 'outbox').execute(),
        )
      ).filter(({ value }) => JSON.stringify(value).toLowerCase().includes(`"${address}"`)).length
    const personOf = async (address: string) => {
      const [person] = await inside((tx) => listPeople(tx, { address, limit: 1 }))
      if (!person) throw new Error(`nobody has ${address}`)
      return person
    }
    const say = async (
      status: 'granted' | 'pending' | 'denied' | 'revoked',
      purpose: 'marketing' | 'transactional' = 'marketing',
    ) => {
      const { id } = await personOf(ann)
      const evidence = { text: 'Said so in a test' }
      const word = { channel: 'email', purpose, status, source: 'api', evidence, actor: 'cli' } as const
      await inside((tx) => recordConsent(tx, { personId: id, ...word }))
    }
    const grant = () => grantConsents(testing, [ann])

    test('goes to who agreed, and stands in their timeline', async () => {
      await grant()
      expect(await send([ann])).toMatchObject({ status: 'succeeded' })
      expect(await outbox(ann)).toBe(1)
      const { id } = await personOf(ann)
      const detail = await inside((tx) => findPersonDetail(tx, { personId: id, limit: 10 }))
      expect(detail?.timeline.map(({ type }) => type)).toEqual(['mailed', 'consent_changed', 'imported'])
      expect(detail?.timeline[0]).toMatchObject({ data: { channel: 'email', tool: 'email.send' }, actor: /^run:/ })
    })

    test('to an address that nobody knows is refused, naming it and what to do', async () => {
      expect(await send([ann])).toEqual({
        status: 'denied',
        code: 'runtime.consent_missing',
        message: `No consent to marketing email is on record for ${ann} (not in people)`,
        hint: expect.stringContaining(
          `neonhub people consent ${ann} --channel email --purpose marketing --status granted`,
        ),
      })
      expect(await outbox(ann)).toBe(0)
    })

    test('to several is refused whole where one of them did not agree', async () => {
      await grant()
      expect(await send([ann, 'stranger@example.com'])).toMatchObject({
        code: 'runtime.consent_missing',
        message: expect.stringMatching(/for stranger@example\.com \(not in people\)$/),
      })
      expect(await outbox(ann)).toBe(0)
    })

    test('counts the newest word alone: asked, agreed, withdrew, agreed again', async () => {
      await grant()
      await say('pending')
      expect(await send([ann])).toMatchObject({ message: expect.stringContaining(`${ann} (pending)`) })
      for (const no of ['revoked', 'denied'] as const) {
        await say('granted')
        expect(await send([ann])).toMatchObject({ status: 'succeeded' })
        await say(no)
        expect(await send([ann])).toMatchObject({ status: 'denied', code: 'runtime.consent_refused' })
      }
      expect(await outbox(ann)).toBe(2)
    })

    test('a yes counts for its very address, and not for other spellings of the mailbox', async () => {
      await grant()
      expect(await send([ann.toUpperCase()])).toMatchObject({ status: 'succeeded' })
      const tagged = ann.replace('@', '+news@')
      expect(await send([tagged])).toMatchObject({ code: 'runtime.consent_missing' })
    })

    test('a no counts for every spelling of the mailbox', async () => {
      const tagged = ann.replace('@', '+shop@')
      await grantConsents(testing, [ann, tagged])
      await inside((tx) => unsubscribe(tx, { address: tagged.toUpperCase(), masterKey: testing.masterKey }))
      for (const to of [ann, tagged, ann.toUpperCase(), ann.replace('@', '+x+y@')]) {
        expect(await send([to])).toMatchObject({ status: 'denied', code: 'runtime.recipient_suppressed' })
      }
      expect((await personOf(ann)).consents).toMatchObject([{ status: 'revoked' }])
      expect((await personOf(tagged)).consents).toMatchObject([{ status: 'revoked' }])
    })

    test('a dot in a Gmail address hides nobody who said no', async () => {
      const gmail = `a.n.n${number}@gmail.com`
      await inside((tx) =>
        suppressAddress(tx, {
          channel: 'email',
          address: gmail,
          reason: 'bounced',
          actor: 'cli',
          masterKey: testing.masterKey,
        }),
      )
      expect(await send([`ann${number}+x@googlemail.com`], 'Clerk')).toMatchObject({
        code: 'runtime.recipient_suppressed',
      })
    })

    test('what answers a request needs no consent, and stops at a no to it', async () => {
      expect(await send([ann], 'Clerk')).toMatchObject({ status: 'succeeded' })
      await grant()
      await say('revoked')
      expect(await send([ann], 'Clerk')).toMatchObject({ status: 'succeeded' })
      await say('denied', 'transactional')
      expect(await send([ann], 'Clerk')).toMatchObject({ code: 'runtime.consent_refused' })
    })

    test('an organization may leave strangers to the approval; who is known and did not agree stays refused', async () => {
      await inside((tx) => setUnknownRecipients(tx, 'allow'))
      try {
        expect(await send([ann])).toMatchObject({ status: 'succeeded' })
        await grant()
        await say('pending')
        expect(await send([ann])).toMatchObject({ code: 'runtime.consent_missing' })
      } finally {
        await inside((tx) => setUnknownRecipients(tx, 'refuse'))
      }
    })

    test('who withdraws while the mail waits for its approval is not written to', async () => {
      await grant()
      const runId = await start([ann], 'Asker')
      expect((await restOf(testing, runId)).status).toBe('waiting')
      await say('revoked')
      const approval = await inside((tx) =>
        tx.selectFrom('approvals').select('id').where('run_id', '=', runId).executeTakeFirstOrThrow(),
      )
      await testing.runtime.decideApproval(testing.organizationId, asId(approval.id), { approve: true, by: 'cli' })
      await expect
        .poll(async () => (await restOf(testing, runId)).status, { timeout: 10_000, interval: 50 })
        .toBe('succeeded')
      expect((await restOf(testing, runId)).output).toMatchObject({ status: 'denied', code: 'runtime.consent_refused' })
      expect(await outbox(ann)).toBe(0)
    })

    test('another organization’s consents count for nothing', async () => {
      const organizationId = await addOrganization(database)
      await grantConsents({ ...testing, organizationId }, [ann])
      expect(await send([ann])).toMatchObject({ code: 'runtime.consent_missing' })
    })

    test.skipIf(kind === 'embedded')('no call is written down after a no that was recorded before it', async () => {
      const addresses = Array.from({ length: 12 }, (_, index) => `race${index}@example.com`)
      await grantConsents(testing, addresses)
      const revoke = async (address: string, afterMs: number) => {
        await wait(afterMs)
        await inside((tx) => unsubscribe(tx, { address, masterKey: testing.masterKey }))
      }
      const outcomes = await Promise.all(
        addresses.map(async (address, index) => {
          const [runId] = await Promise.all([start([address]), revoke(address, index * 80)])
          return z.object({ status: z.string() }).parse((await restOf(testing, runId)).output).status
        }),
      )
      const { rows } = await inside((tx) =>
        sql<{ late: number }>`
          select count(*)::int as late from tool_executions t
          join person_identities i on i.organization_id = t.organization_id and i.address::text = t.arguments->'to'->>0
          join person_consents c on c.identity_id = i.id and c.status = 'revoked'
          where t.organization_id = ${testing.organizationId} and i.address like 'race%' and t.attempt > 0
            and t.started_at > c.recorded_at
        `.execute(tx),
      )
      expect(rows).toEqual([{ late: 0 }])
      // Where all fell on one side, nothing raced.
      expect(new Set(outcomes)).toEqual(new Set(['succeeded', 'denied']))
    })

    test.skipIf(kind === 'embedded')('a send that asks while a no is being written waits for it', async () => {
      await grant()
      const { promise: isWritten, resolve: written } = Promise.withResolvers<void>()
      const { promise: mayCommit, resolve: commit } = Promise.withResolvers<void>()
      const revoking = inside(async (tx) => {
        await unsubscribe(tx, { address: ann, masterKey: testing.masterKey })
        written()
        await mayCommit
      })
      await isWritten
      const runId = await start([ann])
      await wait(600)
      expect(await outbox(ann)).toBe(0)
      commit()
      await revoking
      expect((await restOf(testing, runId)).output).toMatchObject({ status: 'denied' })
    })
  })
}
