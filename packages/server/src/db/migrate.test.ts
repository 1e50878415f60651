import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execPath } from 'node:process'
import { fileURLToPath, pathToFileURL } from 'node:url'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createServerDatabase, dropServerDatabase, openTestDatabase, serverUrl } from '../../test/database.ts'
import { createLogger } from '../base/log.ts'
import { type Database, migrate, type MigrateOptions, openDatabase, readMigrations, sql } from './index.ts'

const logger = createLogger({ level: 'silent' })
const childPath = fileURLToPath(new URL('../../test/migrate-child.ts', import.meta.url))

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'neonhub-migrate-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const folderUrl = () => pathToFileURL(`${folder}/`)
const add = (version: number, text: string) => writeFile(join(folder, `${version}_test.sql`), text)
const migrations = async () => [...(await readMigrations()), ...(await readMigrations(folderUrl()))]

test('a migration whose lines end as on Windows is the same', async () => {
  await add(9001, 'select 1;\nselect 2;\n')
  const [plain] = await readMigrations(folderUrl())
  await add(9001, 'select 1;\r\nselect 2;\r\n')
  expect(await readMigrations(folderUrl())).toEqual([plain])
})

test('on the embedded database, a migration without a transaction leaves the same as on a server', async () => {
  const database = await openTestDatabase('embedded')
  await add(
    9001,
    '-- transaction: none\ncreate table test_items (a int);\n-- for; lists\ncreate index concurrently test_a on test_items (a);',
  )
  expect((await migrate(database, { migrations: await migrations() })).applied).toEqual(['9001_test.sql'])
  const { rows } = await sql`select indexname, tableowner from pg_indexes join pg_tables using (schemaname, tablename)
    where indexname = 'test_a'`.execute(database.kysely)
  expect(rows).toEqual([{ indexname: 'test_a', tableowner: 'neonhub_migrate' }])
  await database.close()
})

describe.skipIf(serverUrl === undefined)('migrations on a PostgreSQL server', () => {
  let databaseUrl: string
  let database: Database
  let other: pg.Client
  const children: ChildProcess[] = []

  beforeEach(async () => {
    databaseUrl = await createServerDatabase()
    database = await openDatabase({ databaseUrl, dataDir: undefined, logger })
    other = new pg.Client({ connectionString: databaseUrl })
    other.on('error', () => {})
    await other.connect()
  })
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
    await other.end()
    await database.close()
    await dropServerDatabase(databaseUrl)
  })

  const run = async (options: MigrateOptions = {}) => migrate(database, { migrations: await migrations(), ...options })
  /** The error of a call that must fail. */
  const failureOf = (work: Promise<unknown>) =>
    work.then(
      () => undefined,
      (error: unknown) => error,
    )
  const has = async (relation: string) => {
    const { rows } = await other.query('select to_regclass($1) is not null as there', [relation])
    return rows[0]?.there
  }
  const until = async (condition: string) => {
    for (let tries = 0; tries < 200; tries += 1) {
      const { rows } = await other.query(`select (${condition}) as holds`)
      if (rows[0]?.holds) return
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    throw new Error(`it never came to be: ${condition}`)
  }
  const startChild = () => {
    const child = spawn(execPath, [childPath, databaseUrl, folderUrl().href], { stdio: 'ignore' })
    children.push(child)
    return child
  }
  const kill = (child: ChildProcess) =>
    new Promise((resolve) => {
      child.once('close', resolve)
      child.kill('SIGKILL')
    })

  test('one that is killed in the middle leaves nothing, and the next applies it', async () => {
    await other.query('create table test_gate ()')
    await add(
      9001,
      `create table test_made (); do $$ begin while to_regclass('test_gate') is not null loop perform pg_sleep(0.1); end loop; end $$;`,
    )
    const child = startChild()
    await until(
      `exists (select from pg_stat_activity where query like '%test_made%' and pid <> pg_backend_pid() and datname = current_database())`,
    )
    await kill(child)
    expect(await has('test_made')).toBe(false)
    // The server notices by itself that its client is gone; until then the lock is held and this one waits.
    const second = run({ waitMs: 20_000 })
    await other.query('drop table test_gate')
    expect((await second).applied).toEqual(['9001_test.sql'])
    expect(await has('test_made')).toBe(true)
  })

  test('of two at once each migration is applied by one', async () => {
    const second = await openDatabase({ databaseUrl, dataDir: undefined, logger })
    await add(9001, 'create table test_one (); select pg_sleep(0.3);')
    await add(9002, 'create table test_two ();')
    const results = await Promise.all([run(), migrate(second, { migrations: await migrations() })])
    expect(results.flatMap(({ applied }) => applied).toSorted()).toEqual(['9001_test.sql', '9002_test.sql'])
    await second.close()
  })

  test('a second migrator waits for a bounded time and then names the first', async () => {
    await add(9001, 'create table test_one ();')
    await other.query('begin; select pg_advisory_xact_lock(7310000)')
    const told: string[] = []
    const error = await failureOf(run({ waitMs: 300, onWait: (text) => told.push(text) }))
    const { rows } = await other.query('select pg_backend_pid() as pid')
    expect(error).toMatchObject({ code: 'db.migration_locked', retryable: true })
    expect(String(error)).toContain(`process ${rows[0]?.pid}`)
    expect(told).toEqual([expect.stringContaining('Another migrator')])
    await other.query('commit')
    expect((await run()).applied).toEqual(['9001_test.sql'])
  })

  test('where nothing is pending, nobody is waited for', async () => {
    await other.query('begin; select pg_advisory_xact_lock(7310000)')
    expect((await migrate(database, { waitMs: 0 })).applied).toEqual([])
  })

  test('one that must lock a busy table does not queue readers behind itself, and lands once it is free', async () => {
    await add(9001, 'alter table public.users add column test_extra int;')
    await other.query('begin; select count(*) from users')
    const migrating = run({ lockTimeoutMs: 150, waitMs: 20_000 })
    const waits: number[] = []
    for (let read = 0; read < 12; read += 1) {
      const startedAt = performance.now()
      await sql`select count(*) from users`.execute(database.kysely)
      waits.push(performance.now() - startedAt)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    expect(Math.max(...waits)).toBeLessThan(1_000)
    await other.query('commit')
    expect((await migrating).applied).toEqual(['9001_test.sql'])
  })

  test('one that finds no moment says who stands in the way, and has changed nothing', async () => {
    await add(9001, 'create table test_made (); alter table public.users add column test_extra int;')
    await other.query(`set application_name = 'nightly report'; begin; select count(*) from users`)
    const error = await failureOf(run({ lockTimeoutMs: 100, waitMs: 500 }))
    expect(error).toMatchObject({ code: 'db.migration_blocked', retryable: true })
    expect(String(error)).toMatch(/9001_test\.sql.*process \d+ of neonhub \(nightly report\)/)
    expect(await has('test_made')).toBe(false)
  })

  test('a user who may not see which migrations stand is told who may', async () => {
    await other.query('revoke select on schema_migrations from public')
    const role = `test_reader_${databaseUrl.slice(-12)}`
    await other.query(`create role ${role} login`)
    const url = new URL(databaseUrl)
    url.username = role
    const reader = await openDatabase({ databaseUrl: url.toString(), dataDir: undefined, logger })
    expect(await failureOf(migrate(reader))).toMatchObject({ code: 'db.not_migrator' })
    await reader.close()
    await other.query(`drop role ${role}`)
  })

  test('a statement that takes too long is ended, and the hint names the limit', async () => {
    await add(9001, 'select pg_sleep(20);')
    expect(await failureOf(run({ statementTimeoutMs: 100 }))).toMatchObject({
      code: 'db.migration_failed',
      hint: expect.stringContaining('--statement-timeout'),
    })
  })

  test('a disk that is full is told as one', async () => {
    await add(9001, `do $$ begin raise exception 'could not extend file' using errcode = 'disk_full'; end $$;`)
    expect(await failureOf(run())).toMatchObject({ code: 'db.disk_full', retryable: true })
  })

  test('an extension that the server lacks is told with what to install', async () => {
    await add(9001, 'create extension pgvector_of_another_planet;')
    expect(await failureOf(run())).toMatchObject({
      code: 'db.extension_missing',
      message: expect.stringContaining('pgvector_of_another_planet'),
    })
  })

  describe('without a transaction', () => {
    const online = (statements: string) => add(9001, `-- An index for lists.\n-- transaction: none\n\n${statements}`)
    const index = async () => {
      const { rows } = await other.query(
        `select indisvalid as valid from pg_index where indexrelid = to_regclass('test_users_name_idx')`,
      )
      return rows[0]
    }
    const isBuilding = 'exists (select from pg_stat_progress_create_index where datname = current_database())'

    /** An old snapshot, such as a report's: building an index concurrently waits for its end. */
    const startReader = async () => {
      const reader = new pg.Client({ connectionString: databaseUrl })
      await reader.connect()
      await reader.query('begin isolation level repeatable read; select 1')
      return reader
    }

    beforeEach(() =>
      online(`alter table users add constraint test_named check (name <> '') not valid;
        create index concurrently test_users_name_idx on users (name);
        alter table users validate constraint test_named;`),
    )

    test('statements run one by one, as the owner of the tables, and once', async () => {
      expect((await run()).applied).toEqual(['9001_test.sql'])
      expect((await run()).applied).toEqual([])
      expect(await index()).toEqual({ valid: true })
      const { rows } = await other.query(`select convalidated from pg_constraint where conname = 'test_named'`)
      expect(rows).toEqual([{ convalidated: true }])
      expect(await has('schema_migration_progress')).toBe(false)
    })

    test('an index that a killed migrator left invalid is dropped and built again', async () => {
      const reader = await startReader()
      const child = startChild()
      await until(isBuilding)
      // The server tells of a build a moment before the index stands in the catalogue.
      await expect.poll(index).toEqual({ valid: false })
      await kill(child)
      await other.query(
        'select pg_terminate_backend(pid) from pg_stat_progress_create_index where datname = current_database()',
      )
      await until(`not ${isBuilding}`)
      await reader.end()
      expect(await index()).toEqual({ valid: false })
      expect((await run()).applied).toEqual(['9001_test.sql'])
      expect(await index()).toEqual({ valid: true })
    })

    test('an index that the server still builds for a killed migrator is waited for and taken', async () => {
      const reader = await startReader()
      const child = startChild()
      await until(isBuilding)
      await kill(child)
      expect(await failureOf(run({ waitMs: 300 }))).toMatchObject({
        code: expect.stringMatching(/^db\.migration_(blocked|locked)$/),
      })
      const second = run({ waitMs: 20_000 })
      await reader.end()
      expect((await second).applied).toEqual(['9001_test.sql'])
      expect(await index()).toEqual({ valid: true })
    })

    test('one whose statement fails goes on with that statement, and is refused once it was edited', async () => {
      await online(
        'create table test_once (a int); insert into test_once values (1); create unique index concurrently test_users_name_idx on users (name);',
      )
      await other.query(`insert into users (id, name, email) values
        ('019f0000-0000-7000-8000-000000000001', 'Same', 'a@example.com'), ('019f0000-0000-7000-8000-000000000002', 'Same', 'b@example.com')`)
      expect(await failureOf(run())).toMatchObject({
        code: 'db.migration_failed',
        hint: expect.stringContaining('goes on'),
      })
      expect(await index()).toEqual({ valid: false })
      await online('create table test_once (a int); select 1;')
      expect(await failureOf(run())).toMatchObject({ code: 'db.migration_edited' })
      await online(
        'create table test_once (a int); insert into test_once values (1); create unique index concurrently test_users_name_idx on users (name);',
      )
      await other.query(`update users set name = email`)
      expect((await run()).applied).toEqual(['9001_test.sql'])
      expect(await index()).toEqual({ valid: true })
      expect((await other.query('select from test_once')).rowCount).toBe(1)
    })
  })
})
