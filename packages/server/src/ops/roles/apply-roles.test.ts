import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCli } from '../../../test/cli.ts'
import { serverUrl } from '../../../test/database.ts'
import { newId } from '../../base/ids.ts'
import { createLogger } from '../../base/log.ts'
import { type Database, migrate, openDatabase, sql } from '../../db/index.ts'
import { examineDatabase, findDrift } from '../index.ts'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrateQueue } from '../../queue/index.ts'
import { applyRoles } from './apply-roles.ts'
import { rolesSql } from './roles-sql.ts'
import { scramVerifier } from './scram-verifier.ts'

const logger = createLogger({ level: 'silent' })

/** Roles belong to the whole server, so these have names of their own, and go with the test. */
describe.skipIf(serverUrl === undefined)('a hosted server, whose operator is no superuser', () => {
  const suffix = newId().slice(-12)
  const operator = `test_operator_${suffix}`
  const login = `test_login_${suffix}`
  const name = `neonhub_test_roles_${suffix}`
  let superuser: pg.Client
  let folder: string
  let database: Database

  const urlAs = (user: string, databaseName = name) => {
    const url = new URL(serverUrl ?? '')
    url.username = user
    url.pathname = `/${databaseName}`
    return url.toString()
  }
  const open = (user: string) => openDatabase({ databaseUrl: urlAs(user), dataDir: undefined, logger })

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'neonhub-roles-'))
    superuser = new pg.Client({ connectionString: serverUrl })
    await superuser.connect()
    // The roles of the cluster must be there, whichever test comes first.
    for (const role of ['neonhub_migrate', 'neonhub_app', 'neonhub_readonly', 'neonhub_system']) {
      await superuser.query(
        `do $$ begin create role ${role} nologin noinherit; exception when duplicate_object then null; end $$`,
      )
    }
    await superuser.query(`create role ${operator} login createrole nosuperuser`)
    // What PostgreSQL 16 gives to whoever makes a role: it may give it away, and cannot take it.
    await superuser.query(
      `grant neonhub_migrate, neonhub_app, neonhub_readonly, neonhub_system to ${operator} with admin true, inherit false, set false`,
    )
    await superuser.query(`create database ${name} owner ${operator}`)
    const inside = new pg.Client({ connectionString: urlAs(new URL(serverUrl ?? '').username) })
    await inside.connect()
    // Hosts let their operators make it; here it takes a superuser.
    await inside.query('create extension vector')
    await inside.end()
    database = await open(operator)
  })
  afterAll(async () => {
    await database.close()
    await superuser.query(`drop database ${name} with (force)`)
    // What one of them granted goes with it.
    for (const role of [login, operator]) await superuser.query(`drop owned by ${role} cascade; drop role ${role}`)
    await superuser.end()
    await rm(folder, { recursive: true, force: true })
  })

  test('is told to prepare the roles before it migrates', async () => {
    await expect(migrate(database)).rejects.toMatchObject({
      code: 'db.migration_failed',
      hint: expect.stringContaining('neonhub db roles'),
    })
  })

  test('prepares them, once', async () => {
    expect(await applyRoles(database, { login, owner: undefined })).toMatch(/^[\w-]{32}$/)
    expect(await applyRoles(database, { login, owner: undefined })).toBeUndefined()
  })

  test('migrates then, without drift and with nothing wrong', async () => {
    await migrate(database)
    await migrateQueue(database, logger)
    expect((await findDrift(database, { logger })).differences).toEqual([])
    const findings = await examineDatabase(database)
    expect(findings.map(({ code }) => code).filter((code) => !code.startsWith('extension.'))).toEqual([])
  })

  test('the application’s login reads and makes nothing by itself', async () => {
    const application = await open(login)
    for (const statement of [
      'select from public.organizations',
      'select from public.users',
      'create table public.test_made ()',
      'set role neonhub_migrate',
      'drop table public.schema_migrations',
      `update public.schema_migrations set checksum = ''`,
    ]) {
      await expect(sql.raw(statement).execute(application.kysely)).rejects.toThrow(/permission denied|must be owner/)
    }
    expect((await findDrift(application, { logger })).differences).toEqual([])
    expect((await examineDatabase(application)).filter(({ severity }) => severity === 'error')).toEqual([])
    await application.close()
  })

  test('the application runs with it: it opens, seeds, queues, and finishes a run', async () => {
    const environment = { DATABASE_URL: urlAs(login), NEONHUB_DATA_DIR: folder }
    const seeded = await runCli(['db', 'seed', '--json'], { environment })
    expect(seeded).toMatchObject({
      code: 0,
      json: { organization: 'default', connections: ['email', 'slack', 'webhook'] },
    })
    const example = new URL('../../../../../examples/pinwright/', import.meta.url).pathname
    const imported = await runCli(['brand', 'import', example, '--json'], { environment })
    expect(imported.code).toBe(0)
    const run = await runCli(
      [
        'run',
        'CampaignAgent',
        'launch-campaign',
        '--brand',
        'pinwright',
        '--input',
        join(example, 'brief.yaml'),
        '--approve-all',
        '--json',
      ],
      { environment },
    )
    expect(run).toMatchObject({ code: 0, json: { status: 'succeeded' } })
  })

  test('its password is kept as PostgreSQL keeps one', async () => {
    await superuser.query(`alter role ${login} password 'correct horse'`)
    const { rows } = await superuser.query('select rolpassword from pg_authid where rolname = $1', [login])
    const stored = String(rows[0]?.rolpassword)
    const salt = Buffer.from(/^SCRAM-SHA-256\$4096:([^$]+)\$/.exec(stored)?.[1] ?? '', 'base64')
    expect(scramVerifier('correct horse', salt)).toBe(stored)
  })
})

test('the script for an administrator names the owner where one is given, and quotes what it is given', () => {
  const script = rolesSql({ login: 'app', owner: 'o"wner' }).join(';\n')
  expect(script).toContain('to "o""wner" with inherit true, set true')
  expect(script).toContain('for role "o""wner" in schema bullmq')
  expect(script).not.toMatch(/password/)
})
