import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addOrganization, databaseKinds, isMissing, openTestDatabase } from '../../../test/database.ts'
import { makePng } from '../../../test/sample-files.ts'
import { type BrandId, newId, type OrganizationId } from '../../base/ids.ts'
import { type Database, sql, type TenantTx, withTenant } from '../../db/index.ts'
import { readContent } from './asset-contents.ts'
import { addAsset, changeAsset, findAsset, listAssets, removeAsset } from './assets.ts'

const red = makePng([255, 0, 0])
const blue = makePng([0, 0, 255])
const mebibyte = 1024 * 1024

for (const kind of databaseKinds) {
  describe.skipIf(isMissing(kind))(`the files of brands on the ${kind} database`, () => {
    let database: Database
    let mine: OrganizationId
    let theirs: OrganizationId
    let brandId: BrandId
    beforeAll(async () => {
      database = await openTestDatabase(kind)
      theirs = await addOrganization(database, 'Other')
    })
    beforeEach(async () => {
      mine = await addOrganization(database)
      brandId = await addBrand('acme')
    })
    afterAll(() => database.close())

    const inside = <Result>(work: (tx: TenantTx) => Promise<Result>, organizationId = mine) =>
      withTenant(database, organizationId, work)
    const addBrand = async (slug: string): Promise<BrandId> => {
      const id: BrandId = newId()
      await inside((tx) => tx.insertInto('brands').values({ organization_id: mine, id, slug, name: slug }).execute())
      return id
    }
    type Rest = Partial<Parameters<typeof addAsset>[1]>
    const add = (name: string, bytes: Uint8Array, rest: Rest = {}) =>
      inside((tx) =>
        addAsset(tx, {
          brandId,
          name,
          bytes,
          mediaType: 'image/png',
          createdBy: 'cli',
          limitBytes: 64 * mebibyte,
          ...rest,
        }),
      )
    const list = (rest: Partial<Parameters<typeof listAssets>[1]> = {}) =>
      inside((tx) => listAssets(tx, { brandId, limit: 10, ...rest }))
    const find = (id: string) => inside((tx) => findAsset(tx, { brandId, id }))
    const remove = (id: string, allVersions = false) => inside((tx) => removeAsset(tx, { brandId, id, allVersions }))
    const countContents = () =>
      inside(async (tx) => {
        const { rows } = await sql<{ contents: number; parts: number }>`
          select (select count(*)::int from asset_contents) as contents, (select count(*)::int from asset_parts) as parts
        `.execute(tx)
        return rows[0]
      })

    test('a file comes back byte for byte, whatever its size', async () => {
      for (const size of [1, 262_143, 262_144, 262_145, 8 * mebibyte]) {
        const bytes = randomBytes(size)
        const { id } = await add(`photo-${size}.png`, bytes)
        const asset = await find(id)
        expect(asset).toMatchObject({ byteSize: size, mediaType: 'image/png', kind: 'image', brand: 'acme' })
        const read = await inside((tx) => readContent(tx, asset?.sha256 ?? ''))
        expect(Buffer.compare(read, bytes)).toBe(0)
      }
    }, 60_000)

    test('a file of the same name is a new version, which goes on with what was said of the one before', async () => {
      const said = {
        kind: 'logo',
        alternativeText: 'A red square',
        licenseNote: 'Ours',
        rightsUntil: '2099-12-31',
      } as const
      const first = await add('logo.png', red, said)
      const second = await add('Logo.PNG', blue, { alternativeText: 'A blue square' })
      expect(second.isNew).toBe(true)
      expect(await list()).toMatchObject([
        { ...said, id: second.id, name: 'logo.png', version: 2, versions: 2, alternativeText: 'A blue square' },
      ])
      expect((await list({ allVersions: true })).map(({ version, isCurrent }) => [version, isCurrent])).toEqual([
        [2, true],
        [1, false],
      ])
      expect(await find(first.id)).toMatchObject({ alternativeText: 'A red square', isCurrent: false })
      // Removing the newest puts the one before into use again.
      expect(await remove(second.id)).toBe(1)
      expect(await list()).toMatchObject([{ id: first.id, version: 1, isCurrent: true }])
    })

    test('the same bytes make no new version, and change what is said of them', async () => {
      const first = await add('logo.png', red, { rightsUntil: '2099-12-31' })
      const again = await add('logo.png', red, { alternativeText: 'Red', rightsUntil: null })
      expect(again).toEqual({ id: first.id, isNew: false })
      expect(await find(first.id)).toMatchObject({ version: 1, alternativeText: 'Red', rightsUntil: undefined })
    })

    test('the same bytes are kept once, as long as anything has them', async () => {
      const one = await add('one.png', red)
      const two = await add('two.png', red)
      const other = await addBrand('other')
      await add('one.png', red, { brandId: other })
      expect(await countContents()).toEqual({ contents: 1, parts: 1 })
      await remove(one.id)
      await remove(two.id)
      expect(await countContents()).toEqual({ contents: 1, parts: 1 })
      // A brand that goes takes its files with it; what they held goes with the next change.
      await inside((tx) => tx.deleteFrom('brands').where('id', '=', other).execute())
      await add('blue.png', blue)
      expect(await countContents()).toEqual({ contents: 1, parts: 1 })
    })

    test('an organization has room for so much and no more, and the same bytes need none', async () => {
      const bytes = randomBytes(1_000)
      await add('one.png', bytes, { limitBytes: 1_500 })
      await add('two.png', bytes, { limitBytes: 1_500 })
      await expect(add('three.png', randomBytes(501), { limitBytes: 1_500 })).rejects.toMatchObject({
        code: 'knowledge.assets_full',
        kind: 'conflict',
      })
      await add('three.png', randomBytes(500), { limitBytes: 1_500 })
    })

    test('uploads that race for the same name and the same room come one after the other', async () => {
      const files = Array.from({ length: 6 }, () => randomBytes(1_000))
      const outcomes = await Promise.allSettled(files.map((bytes) => add('logo.png', bytes, { limitBytes: 4_000 })))
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(4)
      expect((await list({ allVersions: true })).map(({ version }) => version)).toEqual([4, 3, 2, 1])
      const same = await Promise.all(Array.from({ length: 4 }, () => add('same.png', red)))
      expect(new Set(same.map(({ id }) => id)).size).toBe(1)
      expect(same.filter(({ isNew }) => isNew)).toHaveLength(1)
    })

    test('rights end with their last day where the brand is', async () => {
      await inside((tx) =>
        tx.updateTable('brands').set({ time_zone: 'Pacific/Kiritimati' }).where('id', '=', brandId).execute(),
      )
      const { id } = await add('logo.png', red)
      const today = new Intl.DateTimeFormat('en-CA', { timeZone: 'Pacific/Kiritimati' }).format(new Date())
      const yesterday = new Date(Date.parse(today) - 86_400_000).toISOString().slice(0, 10)
      const set = (rightsUntil: string | null) => inside((tx) => changeAsset(tx, { brandId, id, rightsUntil }))
      await set(today)
      expect(await find(id)).toMatchObject({ rightsUntil: today, rightsExpired: false })
      await set(yesterday)
      expect(await find(id)).toMatchObject({ rightsUntil: yesterday, rightsExpired: true })
      await set(null)
      expect(await find(id)).toMatchObject({ rightsUntil: undefined, rightsExpired: false })
    })

    test('pages go by id, and by kind and name where asked', async () => {
      const ids = []
      for (const name of ['a.png', 'b.png', 'c.png']) {
        ids.unshift((await add(name, randomBytes(10), { kind: name === 'b.png' ? 'logo' : 'image' })).id)
      }
      expect((await list({ limit: 2 })).map(({ id }) => id)).toEqual(ids.slice(0, 2))
      expect((await list({ before: ids[1] })).map(({ id }) => id)).toEqual(ids.slice(2))
      expect(await list({ kind: 'logo' })).toMatchObject([{ name: 'b.png' }])
      expect(await list({ name: 'C.PNG' })).toMatchObject([{ name: 'c.png' }])
    })

    test('another organization finds, changes, reads and removes none of it', async () => {
      const { id } = await add('logo.png', red)
      const { sha256 = '' } = (await find(id)) ?? {}
      const away = <Result>(work: (tx: TenantTx) => Promise<Result>) => inside(work, theirs)
      expect(await away((tx) => findAsset(tx, { brandId, id }))).toBeUndefined()
      expect(await away((tx) => listAssets(tx, { brandId, limit: 10, allVersions: true }))).toEqual([])
      expect(await away((tx) => changeAsset(tx, { brandId, id, kind: 'font' }))).toBe(false)
      expect(await away((tx) => removeAsset(tx, { brandId, id, allVersions: true }))).toBe(0)
      expect(await away((tx) => readContent(tx, sha256))).toHaveLength(0)
      expect(await find(id)).toMatchObject({ kind: 'image' })
    })
  })
}
