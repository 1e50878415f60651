import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, openAsBlob, readdirSync, readFileSync } from 'node:fs'
import { link, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import pg from 'pg'
import { asId, newId, type OrganizationId } from '../src/base/ids.ts'
import { createLogger } from '../src/base/log.ts'
import { type Database, migrate, openDatabase } from '../src/db/index.ts'
import { withSystem } from '../src/db/system.ts'

export const serverUrl = process.env['NEONHUB_TEST_DATABASE_URL']

export const everyDatabaseKind = ['embedded', 'server'] as const
export type DatabaseKind = (typeof everyDatabaseKind)[number]

/**
 * The databases that a suite runs over: the embedded one, and the server's where there is one.
 * `NEONHUB_TEST_DATABASES=server` leaves out what a run without servers has shown.
 */
export const databaseKinds: readonly DatabaseKind[] =
  process.env['NEONHUB_TEST_DATABASES'] === 'server' ? ['server'] : everyDatabaseKind

/** Why a kind of database cannot be tested here; undefined where it can. */
export const isMissing = (kind: DatabaseKind) => kind === 'server' && serverUrl === undefined

/** A run without servers has shown what holds of the embedded database alone. */
export const isEmbeddedShown = !databaseKinds.includes('embedded')

const logger = createLogger({ level: 'error' })
const migrationsFolder = new URL('../migrations/', import.meta.url)

/** A database of the test's own, migrated unless told not to: in memory, or a copy of a template on the server. */
export async function openTestDatabase(
  kind: DatabaseKind,
  { migrated = true }: { readonly migrated?: boolean } = {},
): Promise<Database> {
  if (kind === 'embedded') {
    const template = migrated ? await openAsBlob(await findEmbeddedTemplate()) : undefined
    return openDatabase({ databaseUrl: undefined, dataDir: undefined, logger, ...(template && { template }) })
  }
  const databaseUrl = await (migrated ? createServerDatabase() : createEmptyServerDatabase())
  const database = await openDatabase({ databaseUrl, dataDir: undefined, logger })
  return {
    ...database,
    close: async () => {
      await database.close()
      await dropServerDatabase(databaseUrl)
    },
  }
}

const cacheFolder = fileURLToPath(new URL('../../../node_modules/.cache/neonhub/', import.meta.url))

/** The dump of a migrated embedded database: making one anew takes seconds, and most suites begin with one. */
async function findEmbeddedTemplate(): Promise<string> {
  const version = readFileSync(fileURLToPath(import.meta.resolve('@electric-sql/pglite')))
  const hash = createHash('sha256').update(version).update(migrationsHash()).digest('hex').slice(0, 16)
  const path = join(cacheFolder, `template-${hash}.tar`)
  if (existsSync(path)) return path
  const database = await openDatabase({ databaseUrl: undefined, dataDir: undefined, logger })
  try {
    await migrate(database)
    const dump = await database.embeddedPool?.dump()
    await mkdir(cacheFolder, { recursive: true })
    const others = (await readdir(cacheFolder)).filter((name) => !name.includes(hash))
    for (const name of others) await rm(join(cacheFolder, name), { force: true })
    // Two suites may make it at once: each under another name first, and one that is being read is not replaced.
    const draft = `${path}.${newId()}`
    await writeFile(draft, dump?.stream() ?? '')
    try {
      await link(draft, path)
    } catch (error) {
      if (!existsSync(path)) throw error
    } finally {
      await rm(draft)
    }
    return path
  } finally {
    await database.close()
  }
}

/** Makes a data folder whose database is migrated: a command that comes first there has not that to do, which takes seconds. */
export async function makeDataDir(dataDir: string): Promise<string> {
  const database = join(dataDir, 'postgres')
  await mkdir(database, { recursive: true, mode: 0o700 })
  await promisify(execFile)('tar', ['-xf', await findEmbeddedTemplate(), '-C', database])
  return dataDir
}

/** Drops what `createServerDatabase` made, whoever is still connected. */
export async function dropServerDatabase(databaseUrl: string): Promise<void> {
  const admin = new pg.Client({ connectionString: serverUrl })
  await admin.connect()
  await admin.query(`drop database if exists ${new URL(databaseUrl).pathname.slice(1)} with (force)`)
  await admin.end()
}

/** Makes a database without any table on the test server and returns its URL. Whoever made it drops it. */
export async function createEmptyServerDatabase(): Promise<string> {
  if (serverUrl === undefined) throw new Error('NEONHUB_TEST_DATABASE_URL names no server')
  const admin = new pg.Client({ connectionString: serverUrl })
  await admin.connect()
  try {
    const name = `neonhub_test_${newId().replaceAll('-', '')}`
    await admin.query(`create database ${name}`)
    return withDatabaseName(serverUrl, name)
  } finally {
    await admin.end()
  }
}

/** Makes a migrated database on the test server and returns its URL. Whoever made it drops it. */
export async function createServerDatabase(): Promise<string> {
  if (serverUrl === undefined) throw new Error('NEONHUB_TEST_DATABASE_URL names no server')
  const admin = new pg.Client({ connectionString: serverUrl })
  await admin.connect()
  try {
    const template = `neonhub_template_${migrationsHash()}`
    await admin.query('select pg_advisory_lock(7310)')
    const { rowCount } = await admin.query('select from pg_database where datname = $1', [template])
    if (!rowCount) await makeTemplate(admin, template)
    const name = `neonhub_test_${newId().replaceAll('-', '')}`
    await admin.query(`create database ${name} template ${template}`)
    return withDatabaseName(serverUrl, name)
  } finally {
    await admin.end()
  }
}

async function makeTemplate(admin: pg.Client, template: string): Promise<void> {
  // Made under another name first: a run that was killed half way must not leave a half template.
  const draft = `${template}_draft`
  await admin.query(`drop database if exists ${draft}`)
  await admin.query(`create database ${draft}`)
  const database = await openDatabase({
    databaseUrl: withDatabaseName(serverUrl ?? '', draft),
    dataDir: undefined,
    logger,
  })
  await migrate(database)
  await database.close()
  await admin.query(`alter database ${draft} rename to ${template}`)
}

function withDatabaseName(url: string, name: string): string {
  const changed = new URL(url)
  changed.pathname = `/${name}`
  return changed.toString()
}

function migrationsHash(): string {
  const hash = createHash('sha256')
  for (const name of readdirSync(migrationsFolder).toSorted())
    hash.update(readFileSync(new URL(name, migrationsFolder)))
  return hash.digest('hex').slice(0, 16)
}

/** Adds an organization and returns its id. */
export async function addOrganization(database: Database, name = 'Test'): Promise<OrganizationId> {
  const id: OrganizationId = newId()
  await withSystem(database, (tx) =>
    tx
      .insertInto('organizations')
      .values({ id, name, slug: `${name.toLowerCase()}-${id}` })
      .execute(),
  )
  return asId(id)
}
