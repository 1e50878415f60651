import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addOrganization, databaseKinds, isMissing, openTestDatabase } from '../../../test/database.ts'
import { type BrandId, newId, type OrganizationId } from '../../base/ids.ts'
import { type Database, type TenantTx, withTenant } from '../../db/index.ts'
import { createMemory, deleteMemory, findMemory, listMemories, mostMemories, updateMemory } from './memories.ts'
import { listMemoriesToEmbed, recallMemories, storeMemoryVectors } from './recall-memories.ts'

const space = { provider: 'test', model: 'three', dimensions: 3 }
const other = { provider: 'test', model: 'four', dimensions: 4 }

for (const kind of databaseKinds) {
  describe.skipIf(isMissing(kind))(`memories on the ${kind} database`, () => {
    let database: Database
    let mine: OrganizationId
    let theirs: OrganizationId
    let brandId: BrandId
    beforeAll(async () => {
      database = await openTestDatabase(kind)
      mine = await addOrganization(database)
      theirs = await addOrganization(database, 'Other')
    })
    beforeEach(async () => {
      brandId = newId()
      await inside((tx) =>
        tx
          .insertInto('brands')
          .values({ organization_id: mine, id: brandId, slug: `acme-${brandId.slice(-12)}`, name: 'Acme' })
          .execute(),
      )
    })
    afterAll(() => database.close())

    const inside = <Result>(work: (tx: TenantTx) => Promise<Result>, organizationId = mine) =>
      withTenant(database, organizationId, work)
    const add = (text: string, rest: Partial<Parameters<typeof createMemory>[1]> = {}) =>
      inside((tx) => createMemory(tx, { brandId, kind: 'fact', text, createdBy: 'cli', ...rest }))
    const recall = (rest: Partial<Parameters<typeof recallMemories>[1]> = {}) =>
      inside(async (tx) => {
        const found = await recallMemories(tx, {
          brandId,
          agent: 'ContentAgent',
          space,
          vector: [1, 0, 0],
          limit: 10,
          ...rest,
        })
        return found.map(({ text }) => text)
      })
    const embed = (id: string, text: string, vector: readonly number[], of = space) =>
      inside((tx) => storeMemoryVectors(tx, { space: of, vectors: [{ id, text, vector }] }))
    const missing = async (spaceId?: string) => {
      const listed = await inside((tx) => listMemoriesToEmbed(tx, { brandId, agent: 'ContentAgent', spaceId }))
      return listed.missing.map(({ text }) => text)
    }

    test('pinned ones come first, then the nearest beside the newest, and no more than asked', async () => {
      const texts = ['oldest and nearest', 'far', 'farther', 'farthest', 'pinned and opposite', 'newest']
      const vectors = [
        [1, 0, 0],
        [0.6, 0.8, 0],
        [0, 1, 0],
        [-0.6, 0.8, 0],
        [-1, 0, 0],
        [-0.8, 0.6, 0],
      ]
      for (const [index, text] of texts.entries()) {
        const id = await add(text, { pinned: text.startsWith('pinned') })
        await embed(id, text, vectors[index] ?? [])
      }
      expect(await recall({ limit: 3 })).toEqual(['pinned and opposite', 'oldest and nearest', 'newest'])
      expect(await recall({ limit: 3, vector: [0, 1, 0] })).toEqual(['pinned and opposite', 'farther', 'newest'])
      expect(await recall()).toHaveLength(6)
    })

    test('nobody is told what has expired, was replaced, is another agent’s or another brand’s', async () => {
      await add('expired', { expiresAt: new Date(Date.now() - 1000) })
      await add('for email', { agent: 'EmailAgent' })
      const first = await add('first wording')
      const second = await add('second wording', { replaces: first })
      expect(await recall()).toEqual(['second wording'])
      expect(await recall({ agent: 'EmailAgent' })).toEqual(['second wording', 'for email'])
      expect(await inside((tx) => findMemory(tx, first))).toMatchObject({ replacedBy: second })
      await expect(add('third', { replaces: first })).rejects.toMatchObject({ code: 'knowledge.memory_replaced' })
      // Forgetting the newest wording brings no earlier one back.
      await inside((tx) => deleteMemory(tx, second))
      expect(await recall()).toEqual([])
      expect(await inside((tx) => findMemory(tx, first))).toBeUndefined()
    })

    test('what lacks a vector in the brand’s space is named, and told by its age until it has one', async () => {
      const id = await add('one')
      expect(await missing()).toEqual(['one'])
      await embed(id, 'one', [1, 0, 0])
      const spaces = await inside((tx) => tx.selectFrom('embedding_spaces').select(['id', 'model']).execute())
      const three = spaces.find(({ model }) => model === 'three')?.id
      expect(await missing(three)).toEqual([])
      // The brand goes over to a model with other dimensions: nothing is lost, and the vector is made anew.
      expect(await missing(newId())).toEqual(['one'])
      expect(await recall({ space: other, vector: [1, 0, 0, 0] })).toEqual(['one'])
      await embed(id, 'one', [0, 0, 0, 1], other)
      expect(await missing(three)).toEqual(['one'])
      // A vector of a text that was redacted meanwhile is not kept.
      await inside((tx) => tx.updateTable('agent_memories').set({ text: 'redacted' }).where('id', '=', id).execute())
      await embed(id, 'one', [1, 0, 0])
      expect(await missing(three)).toEqual(['redacted'])
    })

    test('runs that recall at once store the same vectors and wait for none', async () => {
      const ids = await Promise.all(Array.from({ length: 8 }, (_none, number) => add(`memory ${number}`)))
      const vectors = (await inside((tx) => listMemories(tx, { limit: 100 })))
        .filter(({ id }) => ids.includes(id))
        .map(({ id, text }) => ({ id, text, vector: [0, 0, 1] }))
      await Promise.all(
        [vectors, vectors.toReversed(), vectors, vectors.toReversed()].map((some) =>
          inside((tx) => storeMemoryVectors(tx, { space, vectors: some })),
        ),
      )
      expect(await recall({ vector: [0, 0, 1] })).toHaveLength(8)
    })

    test('one that waits for a yes is told once a person says it', async () => {
      const id = await add('proposed')
      await inside((tx) => tx.updateTable('agent_memories').set({ status: 'proposed' }).where('id', '=', id).execute())
      expect(await recall()).toEqual([])
      expect(await inside((tx) => updateMemory(tx, { id, pinned: true }))).toBe(true)
      expect(await recall()).toEqual([])
      await inside((tx) => updateMemory(tx, { id, acceptedBy: 'user:a' }))
      await inside((tx) => updateMemory(tx, { id, acceptedBy: 'user:b' }))
      expect(await recall()).toEqual(['proposed'])
      expect(await inside((tx) => findMemory(tx, id))).toMatchObject({ status: 'active', acceptedBy: 'user:a' })
    })

    test('a brand remembers so many things and no more, but a new wording has room', async () => {
      const first = await add('first')
      await inside((tx) =>
        tx
          .insertInto('agent_memories')
          .values(
            Array.from({ length: mostMemories - 1 }, () => ({
              organization_id: mine,
              id: newId(),
              brand_id: brandId,
              kind: 'fact' as const,
              status: 'active' as const,
              text: 'one more',
              created_by: 'cli',
            })),
          )
          .execute(),
      )
      await expect(add('too many')).rejects.toMatchObject({ code: 'knowledge.memories_full' })
      await add('reworded', { replaces: first })
      expect(await recall({ limit: 1 })).toEqual(['reworded'])
    })

    test('another organization finds, changes and recalls none of it', async () => {
      const id = await add('ours')
      const away = <Result>(work: (tx: TenantTx) => Promise<Result>) => inside(work, theirs)
      expect(await away((tx) => findMemory(tx, id))).toBeUndefined()
      expect(await away((tx) => updateMemory(tx, { id, pinned: true }))).toBe(false)
      await away((tx) => deleteMemory(tx, id))
      const query = { brandId, agent: 'ContentAgent', space, vector: [1, 0, 0], limit: 10 }
      expect(await away((tx) => recallMemories(tx, query))).toEqual([])
      expect(await recall()).toEqual(['ours'])
    })
  })
}
