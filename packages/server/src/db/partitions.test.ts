import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { databaseKinds, isMissing, openTestDatabase } from '../../test/database.ts'
import { type Database, migrate, sql } from './index.ts'

for (const kind of databaseKinds) {
  describe.skipIf(isMissing(kind))(`the months of the journal on the ${kind} database`, () => {
    let database: Database
    beforeAll(async () => {
      database = await openTestDatabase(kind)
    })
    afterAll(() => database.close())

    const findMonth = async (parent: string) => {
      const { rows } = await sql<{ partition: string; exists: boolean }>`
        select name as partition, to_regclass(name) is not null as exists
        from (select ${parent}::text || to_char(now() at time zone 'utc' + interval '2 months', '_YYYY_MM') as name) as named
      `.execute(database.kysely)
      return rows[0] ?? { partition: '', exists: false }
    }

    test('no plan that was made for an empty month can look for a run among all of its organization', async () => {
      // What an index of all runs offers to a question for (organization, id), if it does not begin with the id.
      const { rows } = await sql<{ index: string }>`
        select c.relname as index
        from pg_index i
        join pg_class c on c.oid = i.indexrelid
        join pg_attribute first on first.attrelid = i.indrelid and first.attnum = i.indkey[0]
        join pg_attribute second on second.attrelid = i.indrelid and second.attnum = i.indkey[1]
        where i.indrelid = 'agent_runs'::regclass and i.indpred is null
          and first.attname = 'organization_id' and second.attname <> 'id'
      `.execute(database.kysely)
      expect(rows).toEqual([])
    })

    test('a row of a clock that is months off ends no start, and is found where it lies', async () => {
      for (const parent of ['run_events', 'run_steps']) {
        await sql.raw(`drop table ${(await findMonth(parent)).partition}`).execute(database.kysely)
      }
      await database.kysely.transaction().execute(async (tx) => {
        await sql`set local session_replication_role = replica`.execute(tx)
        await sql`
          insert into run_events (organization_id, run_id, sequence, type, data)
          select gen_random_uuid(), uuid_at(date_trunc('month', now() at time zone 'utc' + interval '2 months')
            at time zone 'utc' + interval '1 day'), 1, 'ahead', '{}'
        `.execute(tx)
      })

      await migrate(database)

      expect(await findMonth('run_events')).toMatchObject({ exists: false })
      expect(await findMonth('run_steps')).toMatchObject({ exists: true })
      const { rows } = await sql`select type from run_events_default`.execute(database.kysely)
      expect(rows).toEqual([{ type: 'ahead' }])
      await sql`delete from run_events_default`.execute(database.kysely)
      await migrate(database)
      expect(await findMonth('run_events')).toMatchObject({ exists: true })
    })
  })
}
