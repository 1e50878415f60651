import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  addOrganization,
  databaseKinds,
  isEmbeddedShown,
  isMissing,
  openTestDatabase,
  serverUrl,
} from '../../test/database.ts'
import { createLogger } from '../base/log.ts'
import { type Database, migrate, openDatabase, sql } from './index.ts'

const logger = createLogger({ level: 'silent' })
const open = (dataDir: string) => openDatabase({ databaseUrl: undefined, dataDir, logger })

describe.skipIf(isEmbeddedShown)('the embedded database', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'neonhub-db-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  test('keeps its rows, is held by one process at a time, and opens again within a second', async () => {
    const dataDir = join(folder, 'data')
    const first = await open(dataDir)
    await migrate(first)
    const organizationId = await addOrganization(first)
    await expect(open(dataDir)).rejects.toMatchObject({
      code: 'db.folder_in_use',
      hint: expect.stringContaining('NEONHUB_DATA_DIR'),
    })
    await first.close()
    const startedAt = performance.now()
    const second = await open(dataDir)
    expect((await migrate(second)).applied).toEqual([])
    expect(performance.now() - startedAt).toBeLessThan(3_000)
    const { rows } = await sql`select id from organizations`.execute(second.kysely)
    expect(rows).toEqual([{ id: organizationId }])
    await second.close()
  })

  test('is held also against a process with other temporary files, and by a folder with a long path', async () => {
    for (const name of ['short', 'long-'.repeat(24)]) {
      const dataDir = join(folder, name)
      const holder = await open(dataDir)
      const before = process.env['TMPDIR']
      process.env['TMPDIR'] = join(folder, 'elsewhere')
      await expect(open(dataDir)).rejects.toMatchObject({ code: 'db.folder_in_use' })
      if (before === undefined) delete process.env['TMPDIR']
      else process.env['TMPDIR'] = before
      await holder.close()
    }
  })

  test('says what to do where the data folder cannot be a folder', async () => {
    const file = join(folder, 'a-file')
    await writeFile(file, '')
    await expect(open(join(file, 'data'))).rejects.toMatchObject({
      code: 'db.folder_unwritable',
      hint: expect.stringContaining('NEONHUB_DATA_DIR'),
    })
  })
})

for (const kind of databaseKinds) {
  describe.skipIf(isMissing(kind))(`migrations on the ${kind} database`, () => {
    let database: Database
    beforeAll(async () => {
      database = await openTestDatabase(kind)
    })
    afterAll(() => database.close())

    test('a second call, and one at the same instant, change nothing', async () => {
      const results = await Promise.all([migrate(database), migrate(database)])
      expect(results.map(({ applied }) => applied)).toEqual([[], []])
    })

    test('a database that a newer version has used is refused and left alone', async () => {
      await sql`insert into schema_migrations (version, name, checksum) values (9999, '9999_later.sql', 'x')`.execute(
        database.kysely,
      )
      await expect(migrate(database)).rejects.toMatchObject({
        code: 'db.newer_than_code',
        message: expect.stringContaining('9999_later.sql'),
      })
      await sql`delete from schema_migrations where version = 9999`.execute(database.kysely)
    })

    test('a migration that was changed after it was applied is refused by name', async () => {
      await sql`update schema_migrations set checksum = 'other' where version = 2`.execute(database.kysely)
      await expect(migrate(database)).rejects.toMatchObject({
        code: 'db.migration_edited',
        message: expect.stringContaining('0002_identity.sql'),
      })
    })
  })
}

test('a server that does not answer is told with what to check', async () => {
  const databaseUrl = 'postgresql://nobody@127.0.0.1:1/nothing'
  await expect(openDatabase({ databaseUrl, dataDir: undefined, logger })).rejects.toMatchObject({
    code: 'db.unreachable',
    retryable: true,
    hint: expect.stringContaining('DATABASE_URL'),
  })
})

test.skipIf(serverUrl === undefined)('a database that is not there on a server that is, likewise', async () => {
  const databaseUrl = new URL(serverUrl ?? '')
  databaseUrl.pathname = '/there_is_no_such_database'
  await expect(openDatabase({ databaseUrl: databaseUrl.toString(), dataDir: undefined, logger })).rejects.toMatchObject(
    { code: 'db.unreachable', message: expect.stringContaining('does not exist') },
  )
})

test.skipIf(serverUrl === undefined)('a connection prepares a call of a function once, and nothing else', async () => {
  const logger = createLogger({ level: 'silent' })
  const database = await openDatabase({ databaseUrl: serverUrl, dataDir: undefined, logger, poolSize: 1 })
  for (const value of ['1', '2', '3']) {
    await sql`select upper(${value}) as value`.execute(database.kysely)
    await sql`select ${value} as value`.execute(database.kysely)
    // What it leaves open would hold a snapshot, for which who builds an index waits.
    await sql`select clock_timestamp() as now`.execute(database.kysely)
    await sql`select count(*) as count from pg_class where relname = ${value}`.execute(database.kysely)
  }
  const { rows } =
    await sql`select statement, generic_plans + custom_plans as asked from pg_prepared_statements`.execute(
      database.kysely,
    )
  expect(rows).toEqual([{ statement: 'select upper($1) as value', asked: 3 }])
  await database.close()
})
