import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addOrganization, databaseKinds, isMissing, openTestDatabase } from '../../../test/database.ts'
import { asId, newId, type BrandId, type OrganizationId } from '../../base/ids.ts'
import { type Database, type TenantTx, withTenant } from '../../db/index.ts'
import {
  addMessage,
  createConversation,
  findConversation,
  listConversations,
  listMessages,
  setConversationStatus,
} from './conversations.ts'

for (const kind of databaseKinds) {
  describe.skipIf(isMissing(kind))(`conversations on the ${kind} database`, () => {
    let database: Database
    let mine: OrganizationId
    let other: OrganizationId
    let brandId: BrandId
    beforeAll(async () => {
      database = await openTestDatabase(kind)
      mine = await addOrganization(database)
      other = await addOrganization(database, 'Other')
      brandId = newId()
      await inside((tx) =>
        tx.insertInto('brands').values({ organization_id: mine, id: brandId, slug: 'acme', name: 'Acme' }).execute(),
      )
    })
    afterAll(() => database.close())

    const inside = <Result>(work: (tx: TenantTx) => Promise<Result>, organizationId = mine) =>
      withTenant(database, organizationId, work)
    const start = () =>
      inside((tx) =>
        createConversation(tx, { brandId, kind: 'support', subject: 'Mill', personId: undefined, createdBy: 'cli' }),
      )

    test('messages of writers at once stand in an order that does not change, and none is lost', async () => {
      const id = await start()
      const bodies = Array.from({ length: 20 }, (_none, number) => `message ${number}`)
      await Promise.all(
        bodies.map((body) => inside((tx) => addMessage(tx, { conversationId: id, role: 'user', author: 'cli', body }))),
      )
      const all = await inside((tx) => listMessages(tx, { conversationId: id, limit: 100 }))
      expect(all.map(({ body }) => body).toSorted()).toEqual(bodies.toSorted())
      const newest = await inside((tx) => listMessages(tx, { conversationId: id, limit: 5 }))
      expect(newest).toEqual(all.slice(-5))
      expect(await inside((tx) => findConversation(tx, id))).toMatchObject({
        messages: 20,
        brand: 'acme',
        status: 'open',
      })
    })

    test('a question opens a closed one again, an answer does not', async () => {
      const id = await start()
      const say = (role: 'user' | 'assistant') =>
        inside((tx) => addMessage(tx, { conversationId: id, role, author: 'cli', body: 'Hello' }))
      expect(await inside((tx) => setConversationStatus(tx, { id, status: 'closed' }))).toBe(true)
      await say('assistant')
      expect(await inside((tx) => findConversation(tx, id))).toMatchObject({ status: 'closed' })
      await say('user')
      expect(await inside((tx) => findConversation(tx, id))).toMatchObject({ status: 'open' })
      expect(await inside((tx) => listConversations(tx, { limit: 50, status: 'closed' }))).toEqual([])
    })

    test('another organization finds none of it, and adds nothing to it', async () => {
      const id = await start()
      const theirs = <Result>(work: (tx: TenantTx) => Promise<Result>) => inside(work, other)
      expect(await theirs((tx) => findConversation(tx, id))).toBeUndefined()
      expect(await theirs((tx) => listConversations(tx, { limit: 50 }))).toEqual([])
      expect(await theirs((tx) => setConversationStatus(tx, { id, status: 'closed' }))).toBe(false)
      const message = { conversationId: id, role: 'user' as const, author: 'cli', body: 'Hello' }
      expect(await theirs((tx) => addMessage(tx, message))).toBeUndefined()
      expect(await theirs((tx) => addMessage(tx, { ...message, conversationId: asId(newId()) }))).toBeUndefined()
    })
  })
}
