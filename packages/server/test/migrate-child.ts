/** A migrator in a process of its own, to be killed: the database's URL and the folder of its migrations follow. */
import { argv, exit, stdout } from 'node:process'
import { createLogger } from '../src/base/log.ts'
import { migrate, openDatabase, readMigrations } from '../src/db/index.ts'

const [, , databaseUrl, folder = ''] = argv
const database = await openDatabase({ databaseUrl, dataDir: undefined, logger: createLogger({ level: 'silent' }) })
const migrations = [...(await readMigrations()), ...(await readMigrations(new URL(folder)))]
stdout.write(`${JSON.stringify(await migrate(database, { migrations }))}\n`)
exit(0)
