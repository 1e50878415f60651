import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { databaseKinds, isMissing, openTestDatabase, serverUrl } from '../../../test/database.ts'
import { createLogger } from '../../base/log.ts'
import { type Database, openDatabase, sql, withOperator } from '../../db/index.ts'
import { examineDatabase, examineIn } from './examine-database.ts'
import { checkTransactions } from './sql/check-activity.ts'

/** A fault as somebody makes it by hand, the finding that must name it, and how bad it is. */
const faults: readonly (readonly [title: string, statement: string, code: string, severity: string, where: string])[] =
  [
    ['an extension that is gone', 'drop extension citext cascade', 'extension.missing', 'error', 'extension citext'],
    ['a role that is a superuser', 'alter role neonhub_app superuser', 'role.superuser', 'error', 'role neonhub_app'],
    [
      'a role that bypasses row security',
      'alter role neonhub_system bypassrls',
      'role.bypasses_row_security',
      'error',
      'role neonhub_system',
    ],
    ['a role that signs in', 'alter role neonhub_app login', 'role.can_sign_in', 'warning', 'role neonhub_app'],
    ['a role that makes roles', 'alter role neonhub_app createrole', 'role.can_create', 'warning', 'role neonhub_app'],
    ['a role within another', 'grant neonhub_migrate to neonhub_app', 'role.member', 'error', 'role neonhub_app'],
    [
      'a tenant table without row security',
      'alter table brands disable row level security',
      'table.row_security',
      'error',
      'table brands',
    ],
    [
      'a month that does not bind its owner',
      'alter table run_events_default no force row level security',
      'table.row_security',
      'error',
      'table run_events_default',
    ],
    [
      'a foreign key whose index is gone',
      'drop index accounts_user_id_idx',
      'foreign_key.no_index',
      'warning',
      'table accounts',
    ],
    [
      'a foreign key whose index begins with something else',
      'drop index accounts_user_id_idx; create index on accounts (provider_id, user_id)',
      'foreign_key.no_index',
      'warning',
      'table accounts',
    ],
    [
      'an invalid index',
      `update pg_index set indisvalid = false where indexrelid = 'accounts_user_id_idx'::regclass`,
      'index.invalid',
      'warning',
      'table accounts',
    ],
    [
      'an IVFFlat index on an empty table',
      'create table test_vectors (v vector(3)); create index on test_vectors using ivfflat (v vector_l2_ops)',
      'index.ivfflat_empty',
      'warning',
      'table test_vectors',
    ],
    [
      'a month that is missing',
      `do $$ begin execute format('drop table run_events_%s', to_char(now() + interval '1 month', 'YYYY_MM')); end $$`,
      'partition.missing',
      'warning',
      'table run_events',
    ],
    [
      'a journal without a default partition',
      'drop table run_events_default',
      'partition.no_default',
      'error',
      'table run_events',
    ],
    [
      'a row that no month took',
      `set local session_replication_role = replica;
     insert into run_events (organization_id, run_id, sequence, type, data)
     values (gen_random_uuid(), 'ffffffff-0000-7000-8000-000000000000', 1, 'x', '{}')`,
      'partition.default_used',
      'warning',
      'table run_events_default',
    ],
  ]

for (const kind of databaseKinds) {
  describe.skipIf(isMissing(kind))(`the doctor of the ${kind} database`, () => {
    let database: Database
    beforeAll(async () => {
      database = await openTestDatabase(kind)
    })
    afterAll(() => database.close())

    const within = async (statement: string) => {
      const undone = new Error('undone')
      let findings: Awaited<ReturnType<typeof examineIn>> = []
      const trial = withOperator(database, { readOnly: false }, async (tx) => {
        await sql.raw(statement).execute(tx)
        findings = await examineIn(tx, database.mode)
        throw undone
      })
      await expect(trial).rejects.toBe(undone)
      return findings
    }

    test('finds no fault in our own schema, and says so in no other words than codes', async () => {
      const findings = await examineDatabase(database)
      const others = findings.filter(({ code }) => !/^(server\.|extension\.|connection\.superuser)/.test(code))
      expect(others).toEqual([])
      expect(findings.filter(({ severity }) => severity === 'error')).toEqual([])
    })

    for (const [title, statement, code, severity, where] of faults) {
      test(`${title} is found`, async () => {
        expect(await within(statement)).toContainEqual(expect.objectContaining({ code, severity, where }))
      })
    }

    test('what is pending, edited or of a newer version is found, the worst first', async () => {
      await sql`update schema_migrations set checksum = 'x' where version = 2`.execute(database.kysely)
      await sql`delete from schema_migrations where version = 3`.execute(database.kysely)
      await sql`insert into schema_migrations (version, name, checksum) values (9999, '9999_later.sql', 'x')`.execute(
        database.kysely,
      )
      const codes = (await examineDatabase(database)).map(({ code }) => code)
      expect(codes.slice(0, 2).toSorted()).toEqual(['migration.edited', 'migration.unknown'])
      expect(codes).toContain('migration.pending')
    })
  })
}

describe.skipIf(serverUrl === undefined)('the doctor of a PostgreSQL server', () => {
  let database: Database
  beforeAll(async () => {
    database = await openTestDatabase('server')
  })
  afterAll(() => database.close())

  test('finds a table with many dead rows, and an operator who is a superuser', async () => {
    await sql`create table test_dead (a int) with (autovacuum_enabled = off)`.execute(database.kysely)
    await sql`insert into test_dead select generate_series(1, 20000)`.execute(database.kysely)
    await sql`delete from test_dead`.execute(database.kysely)
    await sql`select pg_stat_force_next_flush()`.execute(database.kysely)
    await expect
      .poll(async () => (await examineDatabase(database)).map(({ code, where }) => `${code} ${where}`), {
        timeout: 5_000,
      })
      .toEqual(
        expect.arrayContaining([
          'table.dead_rows table test_dead',
          `connection.superuser role ${new URL(serverUrl ?? '').username}`,
        ]),
      )
  })

  test('finds a setting with which a crash loses what was acknowledged', async () => {
    const client = new URL(database.databaseUrl ?? '')
    const name = client.pathname.slice(1)
    await sql.raw(`alter database ${name} set synchronous_commit = off`).execute(database.kysely)
    const second = await openDatabase({
      databaseUrl: client.toString(),
      dataDir: undefined,
      logger: createLogger({ level: 'silent' }),
    })
    expect(await examineDatabase(second)).toContainEqual(
      expect.objectContaining({ code: 'server.synchronous_commit_off', severity: 'error' }),
    )
    await second.close()
  })

  test('finds a transaction that was left open, and says how to end it', async () => {
    const other = new pg.Client({ connectionString: database.databaseUrl })
    await other.connect()
    await other.query('begin; select 1')
    const { rows } = await checkTransactions({ idleSeconds: 0, longSeconds: 0 }).execute(database.kysely)
    const { rows: mine } = await other.query('select pg_backend_pid() as pid')
    expect(rows).toContainEqual(
      expect.objectContaining({ code: 'transaction.idle', remedy: expect.stringContaining(String(mine[0]?.pid)) }),
    )
    await other.end()
  })
})
