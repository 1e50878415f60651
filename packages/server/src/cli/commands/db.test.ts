import { spawn } from 'node:child_process'
import { access, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { env, execPath } from 'node:process'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCli } from '../../../test/cli.ts'
import { createServerDatabase, dropServerDatabase, isEmbeddedShown, serverUrl } from '../../../test/database.ts'
import { createLogger } from '../../base/log.ts'
import { openDatabase } from '../../db/index.ts'

let folder: string
let environment: Record<string, string>
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'neonhub-cli-db-'))
  environment = { NEONHUB_DATA_DIR: join(folder, 'data') }
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const neonhub = fileURLToPath(new URL('../../../bin/neonhub.mjs', import.meta.url))
const cli = (...parameters: string[]) => runCli(parameters, { environment })
const isThere = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )

describe.skipIf(isEmbeddedShown)('an operator of the embedded database', () => {
  test('a reader that is slow gets all of a long output', { timeout: 60_000 }, async () => {
    const child = spawn(execPath, [neonhub, 'db', 'migrate', '--dry-run'], {
      env: { PATH: env['PATH'], ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const closed = new Promise((resolve) => child.once('close', resolve))
    // Without a listener Node throws away what is unread when the process ends.
    child.stdout.on('readable', () => {})
    // Long enough for the process to have written and, were it not for its reader, to have ended.
    await sleep(5_000)
    const read = await text(child.stdout)
    expect(await closed).toBe(0)
    expect(read.length).toBeGreaterThan(150_000)
    expect(read).toMatch(/commit;\s*$/)
  })

  test('looks at a folder that has none, and makes none by looking', async () => {
    const status = await cli('db', 'status', '--json')
    expect(status).toMatchObject({ code: 1, json: { server: null, version: 0, isCurrent: false } })
    const plan = await cli('db', 'migrate', '--dry-run')
    expect(plan).toMatchObject({ code: 0, stdout: expect.stringMatching(/^-- 0001_foundation\.sql\nbegin;\n/) })
    for (const command of ['drift', 'doctor', 'seed']) {
      expect(await cli('db', command, '--json')).toMatchObject({
        code: 1,
        json: { error: { code: 'cli.no_database' } },
      })
    }
    expect(await isThere(environment['NEONHUB_DATA_DIR'] ?? '')).toBe(false)
  })

  test('migrates and seeds it, each once', async () => {
    expect(await cli('db', 'migrate', '--json')).toMatchObject({
      code: 0,
      json: { applied: expect.arrayContaining(['0001_foundation.sql']) },
    })
    expect(await cli('db', 'migrate', '--json')).toMatchObject({ code: 0, json: { applied: [] } })
    expect(await cli('db', 'seed', '--json')).toMatchObject({ code: 0, json: { owner: 'owner@neonhub.local' } })
    expect((await cli('db', 'seed')).stdout).toBe('Nothing to do: everything is there.\n')
    expect(await cli('db', 'status')).toMatchObject({ code: 0, stdout: expect.stringContaining('Nothing is pending.') })
    expect(await cli('db', 'drift', '--json')).toMatchObject({ code: 0, json: { differences: [] } })
    expect(await cli('db', 'doctor', '--json')).toMatchObject({ code: 0, json: { errors: 0 } })
  })

  test('goes on where a migrator was killed, at whichever instant', async () => {
    const killed = { NEONHUB_DATA_DIR: join(folder, 'killed') }
    for (const timeoutMs of [900, 1_300, 1_700, 2_100]) {
      expect([null, 0]).toContain((await runCli(['db', 'migrate'], { environment: killed, timeoutMs })).code)
    }
    expect((await runCli(['db', 'migrate'], { environment: killed })).code).toBe(0)
    expect((await runCli(['db', 'drift'], { environment: killed })).code).toBe(0)
  })

  test('gives the owner a new password, which the note of the first start keeps too', async () => {
    const note = join(folder, 'data', 'sign-in.txt')
    const before = await readFile(note, 'utf8')
    const reset = await cli('users', 'reset-password', 'OWNER@neonhub.local')
    const password = / with (\S+) from now on/.exec(reset.stdout)?.[1] ?? ''
    expect(password).toMatch(/^[\w-]{16}$/)
    expect(before).not.toContain(password)
    expect(await readFile(note, 'utf8')).toContain(`owner@neonhub.local\n${password}\n`)
    expect(await cli('users', 'reset-password', 'nobody@example.com')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Owners are owner@neonhub.local'),
    })
  })

  test('is refused while another process holds the folder, and is told so', async () => {
    const holder = await openDatabase({
      databaseUrl: undefined,
      dataDir: environment['NEONHUB_DATA_DIR'],
      logger: createLogger({ level: 'silent' }),
    })
    for (const command of ['status', 'migrate', 'doctor']) {
      expect(await cli('db', command, '--json')).toMatchObject({
        code: 1,
        json: { error: { code: 'db.folder_in_use' } },
      })
    }
    await holder.close()
  })

  test('a usage that is wrong exits with 2', async () => {
    expect((await cli('db', 'migrate', '--wait', 'soon')).code).toBe(2)
    expect((await cli('db', 'migrate', '--lock-timeout', '99999999999')).code).toBe(2)
    expect((await cli('db', 'roles', '--login', 'a"; drop role b')).code).toBe(2)
    expect((await cli('db', 'dance')).code).toBe(2)
  })
})

describe.skipIf(serverUrl === undefined)('an operator of a PostgreSQL server', () => {
  let databaseUrl: string
  let client: pg.Client
  beforeAll(async () => {
    databaseUrl = await createServerDatabase()
    client = new pg.Client({ connectionString: databaseUrl })
    await client.connect()
    environment = { NEONHUB_DATA_DIR: join(folder, 'server'), DATABASE_URL: databaseUrl }
  })
  afterAll(async () => {
    await client.end()
    await dropServerDatabase(databaseUrl)
  })

  test('the plan, run by hand, makes what migrating makes', async () => {
    await client.query('drop schema public cascade; create schema public; grant usage on schema public to public')
    const plan = await cli('db', 'migrate', '--dry-run')
    expect(
      (await client.query('select from pg_class where relnamespace = $1::regnamespace', ['public'])).rowCount,
    ).toBe(0)
    await client.query(plan.stdout)
    expect(await cli('db', 'status')).toMatchObject({ code: 0 })
    expect(await cli('db', 'migrate', '--json')).toMatchObject({ code: 0, json: { applied: [] } })
    expect(await cli('db', 'drift', '--json')).toMatchObject({ code: 0, json: { differences: [] } })
  })

  test('sees drift as SQL that psql takes, and its exit code', async () => {
    await client.query('alter table brands no force row level security; create table notes (id int)')
    const drift = await cli('db', 'drift')
    expect(drift.code).toBe(1)
    expect(drift.stdout).toMatch(/-- extra table: notes\n-- This takes data with it\.[^\n]*\ndrop table notes;/)
    await client.query(drift.stdout)
    expect((await cli('db', 'drift')).code).toBe(0)
  })

  test('a table name with a new line stays within its comment', async () => {
    await client.query('create table "notes\ndrop table users; --" (id int)')
    const drift = await cli('db', 'drift')
    await client.query(drift.stdout)
    expect((await cli('db', 'drift')).code).toBe(0)
  })

  test('sees an edited migration and a newer database, and migrates neither', async () => {
    await client.query(`update schema_migrations set checksum = 'x' where version = 2`)
    expect(await cli('db', 'status', '--json')).toMatchObject({ code: 1, json: { edited: ['0002_identity.sql'] } })
    expect(await cli('db', 'migrate', '--json')).toMatchObject({
      code: 1,
      json: { error: { code: 'db.migration_edited' } },
    })
    await client.query(`insert into schema_migrations (version, name, checksum) values (9999, '9999_later.sql', 'x')`)
    expect(await cli('db', 'status')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('newer than this NeonHub'),
    })
    expect(await cli('db', 'migrate', '--dry-run', '--json')).toMatchObject({
      code: 1,
      json: { error: { code: 'db.newer_than_code' } },
    })
    expect(await cli('db', 'doctor')).toMatchObject({ code: 1, stdout: expect.stringContaining('migration.unknown') })
  })
})
