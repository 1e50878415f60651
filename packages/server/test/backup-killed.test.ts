import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLogger } from '../src/base/log.ts'
import { type Database, migrate, openDatabase } from '../src/db/index.ts'
import { runCli } from './cli.ts'
import { createEmptyServerDatabase, databaseKinds, dropServerDatabase, isMissing } from './database.ts'
import { addOddRows, readEverything } from './odd-rows.ts'

const logger = createLogger({ level: 'error' })
const preload = fileURLToPath(new URL('./kill/kill-in-load.ts', import.meta.url))
const secret = 's'.repeat(32)
let folder: string
let source: string
let file: string
let before: Awaited<ReturnType<typeof readEverything>>

async function reading<Result>(
  place: Parameters<typeof openDatabase>[0],
  work: (database: Database) => Promise<Result>,
) {
  const database = await openDatabase(place)
  try {
    return await work(database)
  } finally {
    await database.close()
  }
}
const inFolder = (dataDir: string) => ({ databaseUrl: undefined, dataDir, logger })
const onServer = (databaseUrl: string) => ({ databaseUrl, dataDir: undefined, logger })

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'neonhub-backup-killed-'))
  source = join(folder, 'source')
  before = await reading(inFolder(source), async (database) => {
    await migrate(database)
    await addOddRows(database, { name: 'One', email: 'one@example.com', masterKey: Buffer.alloc(32), rows: 2_000 })
    return readEverything(database)
  })
  file = join(folder, 'backup.neonhub')
  const { code, stderr, json } = await runCli(['db', 'backup', file, '--json'], {
    environment: { NEONHUB_DATA_DIR: source },
  })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(json).toMatchObject({ file, scope: { kind: 'installation' }, tables: { organizations: { rows: 1 } } })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

for (const kind of databaseKinds) {
  describe.skipIf(isMissing(kind))(`a restore into the ${kind} database`, () => {
    test(
      'that is killed with -9 leaves nothing, and is done by the same command again',
      { timeout: 240_000 },
      async () => {
        const target = join(folder, `target-${kind}`)
        const databaseUrl = kind === 'server' ? await createEmptyServerDatabase() : undefined
        const environment = {
          NEONHUB_DATA_DIR: target,
          NEONHUB_SECRET: secret,
          ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
        }
        try {
          for (const killAfter of ['1', '9', '15']) {
            const killed = await runCli(['db', 'restore', file], {
              environment: { ...environment, KILL_AFTER: killAfter },
              preload,
            })
            expect(killed).toMatchObject({ signal: 'SIGKILL' })
          }
          const place = databaseUrl === undefined ? inFolder(target) : onServer(databaseUrl)
          const half = await reading(place, readEverything)
          expect(Object.entries(half).filter(([, rows]) => rows.length > 0)).toEqual([])
          const again = await runCli(['db', 'restore', file, '--json'], { environment })
          expect(again).toMatchObject({ code: 0, json: { verified: true, credentials: 'locked' } })
          expect(await reading(place, readEverything)).toEqual(before)
          const twice = await runCli(['db', 'restore', file], { environment })
          expect(twice.stderr).toMatch(/^error: The database is not empty/)
          expect(twice).toMatchObject({ code: 1, stdout: '' })
        } finally {
          if (databaseUrl !== undefined) await dropServerDatabase(databaseUrl)
        }
      },
    )
  })
}

describe.skipIf(isMissing('server'))('a move from a data folder to a server', () => {
  test(
    'that is killed with -9 at any time is finished by the same command, and leaves the folder closed',
    { timeout: 240_000 },
    async () => {
      const dataDir = join(folder, 'moving')
      await cp(source, dataDir, { recursive: true })
      const databaseUrl = await createEmptyServerDatabase()
      const environment = { NEONHUB_DATA_DIR: dataDir, NEONHUB_SECRET: secret }
      const move = (killAfter?: string) =>
        runCli(['db', 'move', '--to', databaseUrl, '--json'], {
          environment: { ...environment, ...(killAfter === undefined ? {} : { KILL_AFTER: killAfter }) },
          ...(killAfter === undefined ? {} : { preload }),
        })
      try {
        for (const killAfter of ['3', '12']) {
          expect(await move(killAfter)).toMatchObject({ signal: 'SIGKILL' })
          const half = await reading(onServer(databaseUrl), readEverything)
          expect(Object.entries(half).filter(([, rows]) => rows.length > 0)).toEqual([])
        }
        expect(await move('commit')).toMatchObject({ signal: 'SIGKILL' })
        expect(await reading(onServer(databaseUrl), readEverything)).toEqual(before)
        const finished = await move()
        expect(finished).toMatchObject({ code: 0, json: { outcome: 'already', verified: true } })
        expect(await reading(onServer(databaseUrl), readEverything)).toEqual(before)
        const refused = await runCli(['runs'], { environment })
        expect(refused.stderr).toMatch(/was moved to/)
        expect(refused.stderr).toContain(new URL(databaseUrl).pathname)
        expect(refused.code).toBe(1)
      } finally {
        await dropServerDatabase(databaseUrl)
      }
    },
  )

  test(
    'is refused where the target holds other rows, or is the source, or is no server',
    { timeout: 120_000 },
    async () => {
      const databaseUrl = await createEmptyServerDatabase()
      const environment = { NEONHUB_DATA_DIR: source, NEONHUB_SECRET: secret }
      try {
        await reading(onServer(databaseUrl), async (database) => {
          await migrate(database)
          await addOddRows(database, { name: 'Other', email: 'other@example.com', masterKey: Buffer.alloc(32) })
        })
        const full = await runCli(['db', 'move', '--to', databaseUrl], { environment })
        expect(full.stderr).toMatch(/^error: The target holds other rows/)
        const itself = await runCli(['db', 'move', '--to', databaseUrl], {
          environment: { ...environment, DATABASE_URL: databaseUrl },
        })
        expect(itself.stderr).toMatch(/is the source itself/)
        const nonsense = await runCli(['db', 'move', '--to', 'mysql://x'], { environment })
        expect(nonsense.stderr).toMatch(/--to is no address of a PostgreSQL/)
        expect((await readdir(source)).includes('moved.txt')).toBe(false)
      } finally {
        await dropServerDatabase(databaseUrl)
      }
    },
  )

  test(
    'from a server is refused while NeonHub is connected to it, and done once it is not',
    { timeout: 120_000 },
    async () => {
      const [from, to] = [await createEmptyServerDatabase(), await createEmptyServerDatabase()]
      const environment = { NEONHUB_DATA_DIR: join(folder, 'none'), NEONHUB_SECRET: secret, DATABASE_URL: from }
      try {
        const rows = await reading(onServer(from), async (database) => {
          await migrate(database)
          await addOddRows(database, { name: 'One', email: 'one@example.com', masterKey: Buffer.alloc(32) })
          const busy = await runCli(['db', 'move', '--to', to], { environment })
          expect(busy.stderr).toMatch(/^error: The source is in use/)
          return readEverything(database)
        })
        expect(await runCli(['db', 'move', '--to', to, '--json'], { environment })).toMatchObject({
          code: 0,
          json: { outcome: 'moved' },
        })
        expect(await reading(onServer(to), readEverything)).toEqual(rows)
      } finally {
        await dropServerDatabase(from)
        await dropServerDatabase(to)
      }
    },
  )
})
