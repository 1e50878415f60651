import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addOrganization, databaseKinds, isMissing, openTestDatabase } from '../../test/database.ts'
import { newId, type OrganizationId } from '../base/ids.ts'
import { type Database, sql, type TenantTx, withTenant } from '../db/index.ts'
import {
  listNotifications,
  markAllRead,
  markRead,
  type NotificationReader,
  resolveNotifications,
  tellMembers,
} from './index.ts'

const ann: NotificationReader = { name: 'user:ann', kinds: ['run_failed', 'budget_low'] }
const bob: NotificationReader = { name: 'user:bob', kinds: ['run_failed'] }
const all = { unreadOnly: false, limit: 10, before: undefined }

for (const kind of databaseKinds) {
  describe.skipIf(isMissing(kind))(`notifications on the ${kind} database`, () => {
    let database: Database
    let ours: OrganizationId
    beforeAll(async () => {
      database = await openTestDatabase(kind)
      ours = await addOrganization(database)
    }, 60_000)
    afterAll(() => database.close())
    const inTenant = <Result>(work: (tx: TenantTx) => Promise<Result>, organization = ours) =>
      withTenant(database, organization, work)
    const list = (reader: NotificationReader, options: Partial<typeof all> = {}, organization = ours) =>
      inTenant((tx) => listNotifications(tx, reader, { ...all, ...options }), organization)

    test('the same thing is one row that counts, is unread again, and starts anew once it was resolved', async () => {
      const subjectId = newId()
      const tell = (agent = 'SEOAgent') =>
        inTenant((tx) => tellMembers(tx, 'run_failed', { subjectId, facts: { agent } }))
      await tell()
      const [first] = (await list(ann)).notifications
      expect(first).toMatchObject({ kind: 'run_failed', subjectId, count: 1, isUnread: true })
      expect(await inTenant((tx) => markRead(tx, ann, first?.id ?? ''))).toBe(true)
      expect(await list(ann)).toMatchObject({ unread: 0, notifications: [{ isUnread: false }] })
      expect(await list(bob)).toMatchObject({ unread: 1 })
      await tell('SocialAgent')
      expect(await list(ann)).toMatchObject({
        unread: 1,
        notifications: [{ id: first?.id, count: 2, isUnread: true, facts: { agent: 'SocialAgent' } }],
      })
      await inTenant((tx) => resolveNotifications(tx, ['run_failed', 'run_needs_attention'], subjectId))
      expect(await list(ann)).toMatchObject({ unread: 0, notifications: [{ isUnread: false }] })
      expect((await list(ann, { unreadOnly: true })).notifications).toEqual([])
      await tell()
      expect(await list(ann)).toMatchObject({ unread: 1, notifications: [{ count: 1, resolvedAt: undefined }] })
    })

    test('a reader sees their kinds alone, marks no other, and no other organization’s', async () => {
      const theirs = await addOrganization(database)
      const subjectId = newId()
      await inTenant((tx) => tellMembers(tx, 'budget_low', { subjectId, facts: { name: 'Mail' } }), theirs)
      const [low] = (await list(ann, {}, theirs)).notifications
      expect(low).toMatchObject({ kind: 'budget_low', subjectId })
      const id = low?.id ?? ''
      expect((await list(bob, {}, theirs)).notifications).toEqual([])
      expect(await inTenant((tx) => markRead(tx, bob, id), theirs)).toBe(false)
      expect(await inTenant((tx) => markRead(tx, ann, id))).toBe(false)
      expect((await list(ann)).notifications.map((one) => one.id)).not.toContain(id)
    })

    test('what was told in a transaction that came to nothing was not told', async () => {
      const organization = await addOrganization(database)
      const failing = inTenant(async (tx) => {
        await tellMembers(tx, 'run_failed', { subjectId: newId(), facts: {} })
        throw new Error('undone')
      }, organization)
      await expect(failing).rejects.toThrow('undone')
      expect(await list(ann, {}, organization)).toMatchObject({ unread: 0, notifications: [] })
    })

    test('pages of one instant miss none and repeat none, and all are read at once', async () => {
      const organization = await addOrganization(database)
      const subjects = Array.from({ length: 7 }, () => newId())
      await inTenant(async (tx) => {
        for (const subjectId of subjects) await tellMembers(tx, 'run_failed', { subjectId, facts: {} })
        await sql`update notifications set last_at = '2026-03-01T00:00:00.000001Z'`.execute(tx)
      }, organization)
      const seen: string[] = []
      let before: string | undefined
      do {
        const page = await inTenant((tx) => listNotifications(tx, ann, { ...all, limit: 3, before }), organization)
        expect(page.unread).toBe(7)
        seen.push(...page.notifications.map(({ subjectId }) => subjectId))
        before = page.nextBefore
      } while (before !== undefined && seen.length < 20)
      expect(seen.toSorted()).toEqual(subjects.toSorted())
      expect(await inTenant((tx) => markAllRead(tx, ann), organization)).toBe(7)
      expect(await inTenant((tx) => markAllRead(tx, ann), organization)).toBe(0)
      expect(await list(bob, {}, organization)).toMatchObject({ unread: 7 })
    })

    test('the entry that crosses a line of a budget tells of it once, and sandbox messages do not', async () => {
      const organization = await addOrganization(database)
      const reader: NotificationReader = { name: 'cli', kinds: ['budget_low', 'budget_exhausted'] }
      const budgetId = newId()
      await inTenant(async (tx) => {
        await sql`
          insert into budget_profiles (organization_id, id, name, scope, limits, period, amount, actor)
          values (${organization}, ${budgetId}, 'Mail', 'organization', 'sends', 'total', 10, 'cli')
        `.execute(tx)
        const spend = async (amount: number, isSandbox = false) => {
          const callId = newId()
          await sql`
            select reserve_budgets(${callId}, 'tool_execution', 'sends', ${amount}::bigint, null, null, ${isSandbox})
          `.execute(tx)
          await sql`select settle_budgets(${callId}, ${amount}::bigint)`.execute(tx)
        }
        const told = async () =>
          (await listNotifications(tx, reader, all)).notifications.map((one) => [one.kind, one.count]).toSorted()
        await spend(10, true)
        await spend(7)
        expect(await told()).toEqual([])
        await spend(1)
        await spend(1)
        expect(await told()).toEqual([['budget_low', 1]])
        await spend(1)
        expect(await told()).toEqual([
          ['budget_exhausted', 1],
          ['budget_low', 1],
        ])
      }, organization)
    })
  })
}
