/**
 * Writes `db/schema.ts`, the row types, from the schema that the migrations make. With `--check` it writes nothing and
 * exits 1 where the file is stale.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { argv, stderr } from 'node:process'
import { generate, PostgresDialect } from 'kysely-codegen'
import { createLogger } from '../src/base/log.ts'
import { openDatabase } from '../src/db/database.ts'
import { migrate } from '../src/db/migrate.ts'

const file = new URL('../src/db/schema.ts', import.meta.url)
const logger = createLogger({ level: 'warn' })
const database = await openDatabase({ databaseUrl: undefined, dataDir: undefined, logger })
await migrate(database)
const text = await generate({
  db: database.kysely,
  dialect: new PostgresDialect({ defaultSchemas: ['public'], partitions: false }),
  excludePattern: '(bullmq.*|*_default|*_[0-9][0-9][0-9][0-9]_[0-9][0-9])',
  outFile: null,
  typeMapping: {
    int8: 'number',
    jsonb: 'unknown',
    citext: 'string',
    vector: 'string',
    tsvector: 'string',
    uuid: 'string',
    bytea: 'Uint8Array',
  },
})
await database.close()
const isFresh = (await readFile(file, 'utf8')) === text
if (argv.includes('--check')) {
  if (!isFresh) stderr.write('db/schema.ts is stale: run `npm run db:types`.\n')
  if (!isFresh) process.exitCode = 1
} else if (!isFresh) {
  await writeFile(file, text)
}
