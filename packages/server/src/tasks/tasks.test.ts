import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addOrganization, databaseKinds, isMissing, openTestDatabase } from '../../test/database.ts'
import { addMember } from '../../test/members.ts'
import { asId, newId, type BrandId, type OrganizationId, type UserId } from '../base/ids.ts'
import { type Database, type TenantTx, withTenant } from '../db/index.ts'
import { withSystem } from '../db/system.ts'
import { isMember, leaveOrganization } from '../identity/index.ts'
import { listNotifications, type NotificationReader } from '../notifications/index.ts'
import { changeTask, createTask, findTask, handOver, listTasks, type NewTask } from './index.ts'

const reader: NotificationReader = { name: 'cli', kinds: ['task_handed_over'] }
const all = { unreadOnly: false, limit: 50, before: undefined }

for (const kind of databaseKinds) {
  describe.skipIf(isMissing(kind))(`tasks on the ${kind} database`, () => {
    let database: Database
    let mine: OrganizationId
    let theirs: OrganizationId
    let brandId: BrandId
    beforeAll(async () => {
      database = await openTestDatabase(kind)
      mine = await addOrganization(database)
      theirs = await addOrganization(database, 'Other')
      brandId = newId()
      const brand = { organization_id: mine, id: brandId, slug: 'acme', name: 'Acme' }
      await inside((tx) => tx.insertInto('brands').values(brand).execute())
    }, 60_000)
    afterAll(() => database.close())

    const inside = <Result>(work: (tx: TenantTx) => Promise<Result>, organizationId = mine) =>
      withTenant(database, organizationId, work)
    const add = (title: string, rest: Partial<NewTask> = {}) =>
      inside((tx) => createTask(tx, { title, description: '', priority: 'normal', createdBy: 'cli', ...rest }))
    const find = (id: string, organizationId = mine) => inside((tx) => findTask(tx, id), organizationId)
    const change = (id: string, wanted: Partial<Parameters<typeof changeTask>[1]>) =>
      inside((tx) => changeTask(tx, { id, by: 'user:ann', ...wanted }))
    const newMember = async (): Promise<UserId> => {
      const { userId } = await addMember(database, { organizationId: mine, role: 'editor' })
      return asId(userId)
    }

    test('tasks are found by status, person and brand, page by page, and never another organization’s', async () => {
      const userId = await newMember()
      const ids = [
        await add('one', { brandId }),
        await add('two', { assigneeId: userId }),
        await add('three', { brandId, assigneeId: userId }),
      ]
      await change(ids[1] ?? '', { status: 'done' })
      const list = async (filter: Partial<Parameters<typeof listTasks>[1]>, organizationId = mine) =>
        (await inside((tx) => listTasks(tx, { limit: 10, ...filter }), organizationId)).map(({ title }) => title)
      expect(await list({})).toEqual(['three', 'two', 'one'])
      expect(await list({ status: 'unfinished' })).toEqual(['three', 'one'])
      expect(await list({ status: 'done' })).toEqual(['two'])
      expect(await list({ assigneeId: userId })).toEqual(['three', 'two'])
      expect(await list({ assigneeId: null })).toEqual(['one'])
      expect(await list({ brand: 'acme' })).toEqual(['three', 'one'])
      expect(await list({ limit: 2 })).toEqual(['three', 'two'])
      expect(await list({ limit: 2, before: ids[1] })).toEqual(['one'])
      expect(await list({}, theirs)).toEqual([])
      expect(await find(ids[0] ?? '', theirs)).toBeUndefined()
    })

    test('who ends a task first is kept, and opening it again forgets them', async () => {
      const id = await add('end me')
      expect(await change(id, { status: 'done' })).toBe(true)
      const done = await find(id)
      expect(done).toMatchObject({ status: 'done', completedBy: 'user:ann', completedAt: expect.any(Date) })
      await change(id, { status: 'done', by: 'user:bob', title: 'ended' })
      expect(await find(id)).toMatchObject({ title: 'ended', completedBy: 'user:ann', completedAt: done?.completedAt })
      await change(id, { status: 'cancelled', by: 'user:bob' })
      expect(await find(id)).toMatchObject({ status: 'cancelled', completedBy: 'user:bob' })
      await change(id, { status: 'open' })
      expect(await find(id)).toMatchObject({ status: 'open', completedBy: null, completedAt: null })
      expect(await change(newId(), { status: 'done' })).toBe(false)
    })

    test('a task outlives who was to do it, whether they leave or are deleted, and is anybody’s again', async () => {
      const [leaver, deleted] = [await newMember(), await newMember()]
      const left = await add('of a leaver', { assigneeId: leaver, brandId })
      const orphan = await add('of a deleted one', { assigneeId: deleted, brandId })
      expect(await inside((tx) => isMember(tx, leaver))).toBe(true)
      expect(await inside((tx) => isMember(tx, leaver), theirs)).toBe(false)
      await inside((tx) => leaveOrganization(tx, { userId: leaver, now: new Date() }))
      await withSystem(database, (tx) => tx.deleteFrom('users').where('id', '=', deleted).execute())
      for (const id of [left, orphan]) expect(await find(id)).toMatchObject({ assigneeId: null, brand: 'acme' })
      // Nobody from outside of the organization can be named.
      await expect(add('for a stranger', { assigneeId: leaver })).rejects.toMatchObject({ code: '23503' })
    })

    test('a run hands a thing over once, members are told once, and need not look once somebody has it', async () => {
      const runId = newId<'run'>()
      const agentId = newId()
      await inside(async (tx) => {
        const agent = { organization_id: mine, id: agentId, name: 'SupportAgent', kind: 'copilot' as const }
        await tx.insertInto('agents').values(agent).execute()
        const asked = { agent: agent.name, agent_id: agentId, intent: 'support', input: '{}', input_hash: 'x' }
        const run = { ...asked, organization_id: mine, id: runId, root_run_id: runId, requested_by: 'cli' }
        await tx
          .insertInto('agent_runs')
          .values({ ...run, status: 'queued' })
          .execute()
      })
      const hand = (stepKey = 'hand over') =>
        inside((tx) =>
          handOver(tx, {
            title: 'Answer',
            description: '',
            priority: 'high',
            runId,
            stepKey,
            facts: { agent: 'SupportAgent' },
          }),
        )
      const told = async () => (await inside((tx) => listNotifications(tx, reader, all))).notifications
      const id = await hand()
      expect(await Promise.all([hand(), hand()])).toEqual([id, id])
      expect(await find(id)).toMatchObject({ runId, createdBy: `run:${runId}`, priority: 'high', status: 'open' })
      expect(await told()).toMatchObject([
        { subjectId: id, count: 1, isUnread: true, facts: { agent: 'SupportAgent' } },
      ])
      expect(await hand('hand over another')).not.toBe(id)
      await change(id, { priority: 'low' })
      expect((await told()).filter(({ isUnread }) => isUnread)).toHaveLength(2)
      await change(id, { assigneeId: await newMember() })
      expect((await told()).filter(({ isUnread }) => isUnread)).toHaveLength(1)
      // Retention removes the run, and the work stays.
      await withSystem(database, (tx) => tx.deleteFrom('agent_runs').where('id', '=', runId).execute())
      expect(await find(id)).toMatchObject({ runId: null, title: 'Answer' })
    })
  })
}
