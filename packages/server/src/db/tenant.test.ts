import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addOrganization, databaseKinds, isMissing, openTestDatabase } from '../../test/database.ts'
import { asId, newId, type OrganizationId } from '../base/ids.ts'
import { type Database, sql, type TenantTx, withTenant } from './index.ts'
import { withSystem } from './system.ts'

for (const kind of databaseKinds) {
  describe.skipIf(isMissing(kind))(`tenancy on the ${kind} database`, () => {
    let database: Database
    let mine: OrganizationId
    let theirs: OrganizationId

    beforeAll(async () => {
      database = await openTestDatabase(kind)
      mine = await addOrganization(database, 'Mine')
      theirs = await addOrganization(database, 'Theirs')
      for (const organizationId of [mine, theirs]) {
        await withTenant(database, organizationId, (tx) => addBrand(tx, organizationId))
      }
    })
    afterAll(() => database.close())

    const addBrand = (tx: TenantTx, organizationId: OrganizationId) =>
      tx
        .insertInto('brands')
        .values({ organization_id: organizationId, id: newId(), slug: 'acme', name: 'Acme' })
        .execute()

    test('a query without a filter sees its own organization alone', async () => {
      const rows = await withTenant(database, mine, (tx) => tx.selectFrom('brands').selectAll().execute())
      expect(rows.map((row) => row.organization_id)).toEqual([mine])
    })

    test('a row of another organization can be neither written, changed nor deleted', async () => {
      await expect(withTenant(database, mine, (tx) => addBrand(tx, theirs))).rejects.toThrow(/row-level security/)
      const changed = await withTenant(database, mine, (tx) =>
        tx.updateTable('brands').set({ name: 'Stolen' }).where('organization_id', '=', theirs).executeTakeFirst(),
      )
      expect(changed.numUpdatedRows).toBe(0n)
      const deleted = await withTenant(database, mine, (tx) =>
        tx.deleteFrom('brands').where('organization_id', '=', theirs).executeTakeFirst(),
      )
      expect(deleted.numDeletedRows).toBe(0n)
    })

    test('after a transaction, no organization is left on the connection', async () => {
      await withTenant(database, mine, (tx) => tx.selectFrom('brands').select('id').execute())
      const rows = await withSystem(database, (tx) =>
        sql<{ organization: string | null }>`select current_organization()::text as organization`.execute(tx),
      )
      expect(rows.rows[0]?.organization).toBeNull()
    })

    test('the system role reads the columns it was granted and no others', async () => {
      await expect(withSystem(database, (tx) => tx.selectFrom('brands').selectAll().execute())).rejects.toThrow(
        /permission denied/,
      )
      await expect(withSystem(database, (tx) => tx.selectFrom('agent_runs').select('input').execute())).rejects.toThrow(
        /permission denied/,
      )
    })

    test('an error rolls back, and a transaction that escaped refuses to work', async () => {
      let escaped: TenantTx | undefined
      await expect(
        withTenant(database, mine, async (tx) => {
          escaped = tx
          await tx.updateTable('brands').set({ name: 'Changed' }).execute()
          throw new Error('stop')
        }),
      ).rejects.toThrow('stop')
      const rows = await withTenant(database, mine, (tx) => tx.selectFrom('brands').select('name').execute())
      expect(rows).toEqual([{ name: 'Acme' }])
      await expect(escaped?.selectFrom('brands').selectAll().execute()).rejects.toThrow(
        /after its transaction had ended/,
      )
    })

    test('an organization id that is not a UUID never reaches the database', async () => {
      await expect(withTenant(database, asId(`'; drop table users; --`), async () => 1)).rejects.toThrow(
        /must be a UUID/,
      )
    })

    test('every table with an organization has FORCE row-level security, and so has every partition', async () => {
      const { rows } = await sql<{ name: string }>`
        select c.relname as name from pg_class c
        join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id' and not a.attisdropped
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
          and not (c.relrowsecurity and c.relforcerowsecurity)
      `.execute(database.kysely)
      expect(rows).toEqual([])
    })
  })
}
