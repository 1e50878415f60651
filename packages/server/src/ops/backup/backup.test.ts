import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  databaseKinds,
  type DatabaseKind,
  everyDatabaseKind,
  isMissing,
  openTestDatabase,
} from '../../../test/database.ts'
import { addOddRows, type OddRows, oddTexts, readEverything } from '../../../test/odd-rows.ts'
import { newId } from '../../base/ids.ts'
import { createLogger } from '../../base/log.ts'
import {
  type Database,
  migrate,
  openDatabase,
  readMigrations,
  readMigrationStatus,
  sql,
  withTenant,
} from '../../db/index.ts'
import { withEveryOrganization } from '../../db/system.ts'
import { appendAudit, verifyAudit } from '../../identity/index.ts'
import { backUp } from './back-up.ts'
import { inspectBackup, restoreBackup } from './restore.ts'
import { listTables } from './sql/list-tables.ts'

const masterKey = randomBytes(32)
const onProgress = () => {}
const pairs = everyDatabaseKind
  .flatMap((from) => everyDatabaseKind.map((to) => ({ from, to })))
  .filter(({ from, to }) => databaseKinds.includes(from) || databaseKinds.includes(to))

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'neonhub-backup-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const restore = async (database: Database, path: string, key: Uint8Array | undefined = masterKey) =>
  restoreBackup(database, { path, header: await inspectBackup(path, onProgress), masterKey: key, onProgress })
const backUpTo = (database: Database, path: string, organization?: string) =>
  backUp(database, { path, organization, replaces: false, onProgress })

/** Opens databases that are closed with the work, however it ends. */
async function withDatabases(
  kinds: readonly DatabaseKind[],
  work: (...databases: readonly [Database, Database]) => Promise<void>,
  options?: { readonly migrated: boolean },
): Promise<void> {
  const databases: Database[] = []
  try {
    for (const kind of kinds) databases.push(await openTestDatabase(kind, options))
    const [one, other = one] = databases
    if (one && other) await work(one, other)
  } finally {
    await Promise.all(databases.map((database) => database.close()))
  }
}

for (const from of everyDatabaseKind) {
  describe.skipIf(isMissing(from))(`a backup of the ${from} database`, () => {
    let source: Database
    let organizations: readonly [OddRows, OddRows]
    let path: string
    let before: Awaited<ReturnType<typeof readEverything>>

    beforeAll(async () => {
      source = await openTestDatabase(from)
      organizations = [
        await addOddRows(source, { name: 'One', email: 'one@example.com', masterKey, rows: 3_000 }),
        await addOddRows(source, { name: 'Two', email: 'two@example.com', masterKey }),
      ]
      for (const { organizationId } of organizations) {
        for (const subject of oddTexts.slice(0, 9)) {
          await withTenant(source, organizationId, (tx) => appendAudit(tx, { actor: 'cli', action: 'odd', subject }))
        }
      }
      before = await readEverything(source)
      path = join(folder, `${from}.neonhub`)
      await backUpTo(source, path)
    })
    afterAll(() => source.close())

    for (const to of pairs.filter((pair) => pair.from === from).map((pair) => pair.to)) {
      test.skipIf(isMissing(to))(
        `comes back on an empty ${to} database, row for row`,
        { timeout: 120_000 },
        async () => {
          await withDatabases(
            [to],
            async (target) => {
              const result = await restore(target, path)
              expect(await readEverything(target)).toEqual(before)
              expect(Object.fromEntries(Object.entries(result.sums).map(([name, { rows }]) => [name, rows]))).toEqual(
                Object.fromEntries(Object.entries(before).map(([name, rows]) => [name, rows.length])),
              )
              expect(result.credentials).toBe('open')
              for (const { organizationId } of organizations) {
                const verdict = await withTenant(target, organizationId, verifyAudit)
                expect(verdict).toEqual({ intact: true, entries: 9 })
              }
              // Nothing is out of its month's partition, and the identity column counts on behind the last row.
              const stray = await sql`select from only agent_runs_default`.execute(target.kysely)
              expect(stray.rows).toEqual([])
              const [next, last] = await withTenant(target, organizations[1].organizationId, async (tx) => {
                const { rows } = await sql<{ last: number }>`select max(sequence) as last from sandbox_records`.execute(
                  tx,
                )
                const inserted = await tx
                  .insertInto('sandbox_records')
                  .values({
                    organization_id: tx.organizationId,
                    connector: 'c',
                    collection: 'c',
                    key: 'next',
                    value: '{}',
                  })
                  .returning('sequence')
                  .executeTakeFirstOrThrow()
                return [Number(inserted.sequence), Number(rows[0]?.last)] as const
              })
              expect(next).toBeGreaterThan(last)
              await expect(restore(target, path)).rejects.toMatchObject({ code: 'backup.not_empty' })
            },
            { migrated: false },
          )
        },
      )
    }
  })
}

for (const kind of databaseKinds) {
  describe.skipIf(isMissing(kind))(`a restore on the ${kind} database`, () => {
    test('with another secret it says so, and without credentials it has nothing to say', async () => {
      await withDatabases([kind, kind], async (source, target) => {
        await addOddRows(source, { name: 'One', email: 'one@example.com', masterKey })
        const path = join(folder, `${kind}-secret.neonhub`)
        await backUpTo(source, path)
        expect(await restore(target, path, randomBytes(32))).toMatchObject({ credentials: 'locked' })
      })
    })

    test('lets no trigger change a row, and puts the triggers back', async () => {
      await withDatabases([kind, kind], async (source, target) => {
        await addOddRows(source, { name: 'One', email: 'one@example.com', masterKey })
        for (const database of [source, target]) {
          await sql`
            create function shout() returns trigger language plpgsql as $$ begin new.name := upper(new.name); return new; end $$
          `.execute(database.kysely)
          await sql`create trigger shout before insert on agents for each row execute function shout()`.execute(
            database.kysely,
          )
        }
        const path = join(folder, `${kind}-trigger.neonhub`)
        await backUpTo(source, path)
        await restore(target, path)
        expect((await readEverything(target))['agents']).toEqual((await readEverything(source))['agents'])
        const { rows } = await sql<{ tgenabled: string }>`
          select tgenabled from pg_trigger where tgname = 'shout'
        `.execute(target.kysely)
        expect(rows).toEqual([{ tgenabled: 'O' }])
      })
    })

    test('of a newer version is refused, and so is one whose migrations were others', async () => {
      await withDatabases([kind, kind], async (source, target) => {
        const path = join(folder, `${kind}-newer.neonhub`)
        await backUpTo(source, path)
        const header = await inspectBackup(path, onProgress)
        const tried = (changed: object) =>
          restoreBackup(target, { path, header: { ...header, ...changed }, masterKey, onProgress })
        await expect(tried({ schemaVersion: 9999 })).rejects.toMatchObject({ code: 'backup.schema_newer' })
        const migrations = { ...header.migrations, '0001_foundation.sql': 'other' }
        await expect(tried({ migrations })).rejects.toMatchObject({ code: 'backup.schema_differs' })
      })
    })

    test('of an older version is loaded as it was, and then brought to this one', async () => {
      await withDatabases(
        [kind, kind],
        async (source, target) => {
          const older = (await readMigrations()).filter(({ version }) => version <= 16)
          await migrate(source, { migrations: older })
          await addOddRows(source, { name: 'One', email: 'one@example.com', masterKey, hasFiles: false })
          const path = join(folder, `${kind}-older.neonhub`)
          await backUpTo(source, path)
          expect(await inspectBackup(path, onProgress)).toMatchObject({ schemaVersion: 16 })
          await restore(target, path)
          expect(await readMigrationStatus(target)).toMatchObject({ pending: [] })
          const [before, after] = [await readEverything(source), await readEverything(target)]
          const counts = (all: typeof before) => Object.keys(before).map((name) => [name, all[name]?.length])
          expect(counts(after)).toEqual(counts(before))
          // Bringing the source itself to this version comes to the same rows.
          await migrate(source)
          expect(await readEverything(source)).toEqual(after)
        },
        { migrated: false },
      )
    })

    test('on a database that somebody else uses is refused, and their table stays', async () => {
      await withDatabases(
        [kind],
        async (target) => {
          await sql`create table theirs (note text)`.execute(target.kysely)
          const path = join(folder, `${kind}-newer.neonhub`)
          await expect(restore(target, path)).rejects.toMatchObject({ code: 'backup.not_empty' })
          expect(
            (await sql`select relname from pg_class where relname in ('theirs', 'users')`.execute(target.kysely)).rows,
          ).toEqual([{ relname: 'theirs' }])
        },
        { migrated: false },
      )
    })
  })
}

test.skipIf(isMissing('server'))(
  'of two restores at once into one database, one stands and one is refused',
  async () => {
    await withDatabases(['server', 'server'], async (source, target) => {
      await addOddRows(source, { name: 'One', email: 'one@example.com', masterKey, rows: 2_000 })
      const path = join(folder, 'twice.neonhub')
      await backUpTo(source, path)
      const results = await Promise.allSettled([restore(target, path), restore(target, path)])
      expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
      expect(results.find(({ status }) => status === 'rejected')).toMatchObject({
        reason: { code: 'backup.not_empty' },
      })
      expect(await readEverything(target)).toEqual(await readEverything(source))
    })
  },
)

test.skipIf(isMissing('server'))('an owner who is no superuser backs up every row, and restores them', async () => {
  await withDatabases(['server', 'server'], async (source, target) => {
    await addOddRows(source, { name: 'One', email: 'one@example.com', masterKey })
    const role = `neonhub_test_owner_${newId().slice(-8)}`
    await sql
      .raw(`create role ${role} login nosuperuser; grant neonhub_migrate, neonhub_system, neonhub_app to ${role}`)
      .execute(source.kysely)
    const owned: Database[] = []
    try {
      for (const database of [source, target]) {
        await sql.raw(`grant select on schema_migrations to ${role}`).execute(database.kysely)
        const url = new URL(database.databaseUrl ?? '')
        url.username = role
        owned.push(
          await openDatabase({
            databaseUrl: url.toString(),
            dataDir: undefined,
            logger: createLogger({ level: 'error' }),
          }),
        )
      }
      const [from, to] = owned
      if (!from || !to) throw new Error('two databases were opened')
      const path = join(folder, 'owner.neonhub')
      await backUpTo(from, path)
      const header = await inspectBackup(path, onProgress)
      await restoreBackup(to, { path, header, masterKey, onProgress })
      expect(await readEverything(target)).toEqual(await readEverything(source))
    } finally {
      await Promise.all(owned.map((database) => database.close()))
      for (const database of [source, target]) await sql.raw(`drop owned by ${role}`).execute(database.kysely)
      await sql.raw(`drop role ${role}`).execute(source.kysely)
    }
  })
})

test('every table lets its owner in for a backup, so that no later one is forgotten', async () => {
  await withDatabases(['embedded'], async (database) => {
    const tables = await withEveryOrganization(database, listTables)
    expect(tables.length).toBeGreaterThan(30)
    expect(tables.filter(({ isOpen }) => !isOpen)).toEqual([])
  })
})

test('outside of such a transaction the owner sees nothing', async () => {
  await withDatabases(['embedded'], async (database) => {
    await addOddRows(database, { name: 'One', email: 'one@example.com', masterKey })
    await sql`set role neonhub_migrate`.execute(database.kysely)
    expect((await sql`select from brands`.execute(database.kysely)).rows).toEqual([])
    await sql`reset role`.execute(database.kysely)
  })
})
