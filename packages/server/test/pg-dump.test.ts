import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { env } from 'node:process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { newId } from '../src/base/ids.ts'
import { createLogger } from '../src/base/log.ts'
import { migrate, openDatabase } from '../src/db/index.ts'
import { createEmptyServerDatabase, dropServerDatabase, openTestDatabase, serverUrl } from './database.ts'
import { addOddRows, readEverything } from './odd-rows.ts'

const run = promisify(execFile)
const root = join(env['NEONHUB_SERVICES_DIR'] ?? '/opt/neonhub-services', 'debian')
const programs = '/usr/lib/postgresql/17/bin'
const isHere = serverUrl !== undefined && existsSync(join(root, programs, 'pg_dump'))

/** The server's own programs, in the folder that it lives in. */
const inServer = (program: string, ...parameters: readonly string[]) =>
  run('chroot', [root, `${programs}/${program}`, ...parameters])

test.skipIf(!isHere)(
  'what pg_dump writes of a server, pg_restore brings back row for row, and NeonHub opens it',
  { timeout: 120_000 },
  async () => {
    const source = await openTestDatabase('server')
    const target = await createEmptyServerDatabase()
    const dump = `/tmp/neonhub-${newId()}.dump`
    try {
      await addOddRows(source, { name: 'One', email: 'one@example.com', masterKey: Buffer.alloc(32) })
      await inServer('pg_dump', '--format=custom', `--file=${dump}`, source.databaseUrl ?? '')
      await inServer('pg_restore', '--exit-on-error', '--single-transaction', `--dbname=${target}`, dump)
      const restored = await openDatabase({
        databaseUrl: target,
        dataDir: undefined,
        logger: createLogger({ level: 'error' }),
      })
      try {
        expect((await migrate(restored)).applied).toEqual([])
        expect(await readEverything(restored)).toEqual(await readEverything(source))
      } finally {
        await restored.close()
      }
    } finally {
      await source.close()
      await dropServerDatabase(target)
      await rm(join(root, dump), { force: true })
    }
  },
)
