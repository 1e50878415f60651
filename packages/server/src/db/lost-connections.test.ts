import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addOrganization, openTestDatabase, serverUrl } from '../../test/database.ts'
import { newId, type OrganizationId } from '../base/ids.ts'
import { type Database, isOutage, sql, withTenant } from './index.ts'

describe.skipIf(serverUrl === undefined)('a connection that is cut, on a PostgreSQL server', () => {
  let database: Database
  let organizationId: OrganizationId
  beforeAll(async () => {
    database = await openTestDatabase('server')
    organizationId = await addOrganization(database)
    await sql`
      create function test_cut() returns trigger language plpgsql security definer as $$
      begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$
    `.execute(database.kysely)
  })
  afterAll(() => database.close())

  const addBrand = (slug: string) =>
    withTenant(database, organizationId, (tx) =>
      tx.insertInto('brands').values({ organization_id: organizationId, id: newId(), slug, name: slug }).execute(),
    )
  const countBrands = () =>
    withTenant(database, organizationId, (tx) => tx.selectFrom('brands').select('id').execute()).then(
      ({ length }) => length,
    )

  test('within a transaction has had no effect and may be tried again; the pool goes on', async () => {
    await sql`create trigger test_cut after insert on brands execute function test_cut()`.execute(database.kysely)
    const error = await addBrand('within').catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'db.connection_lost', retryable: true })
    expect(isOutage(error)).toBe(true)
    await sql`drop trigger test_cut on brands`.execute(database.kysely)
    expect(await countBrands()).toBe(0)
  })

  test('during the commit says that nobody knows, and is not tried again', async () => {
    await sql`
      create constraint trigger test_cut after insert on brands deferrable initially deferred
      for each row execute function test_cut()
    `.execute(database.kysely)
    const error = await addBrand('commit').catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'db.commit_unknown', retryable: false })
    await sql`drop trigger test_cut on brands`.execute(database.kysely)
    await addBrand('after')
    expect(await countBrands()).toBe(1)
  })

  test('that the server refuses at the door is an outage too', async () => {
    const other = await openTestDatabase('server')
    const name = new URL(other.databaseUrl ?? '').pathname.slice(1)
    await sql.raw(`alter database ${name} allow_connections false`).execute(database.kysely)
    await sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${name}`.execute(database.kysely)
    const error = await withTenant(other, organizationId, (tx) => tx.selectFrom('brands').select('id').execute()).catch(
      (caught: unknown) => caught,
    )
    expect(isOutage(error), String(error)).toBe(true)
    await other.close()
  })
})
