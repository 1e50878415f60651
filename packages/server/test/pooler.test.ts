import { describe, expect, test } from 'vitest'
import { createLogger } from '../src/base/log.ts'
import { openDatabase, sql } from '../src/db/index.ts'
import { serverUrl } from './database.ts'
import { hasPgbouncer, withPgbouncer } from './proofs/isolation/pgbouncer.ts'

const logger = createLogger({ level: 'silent' })

describe.skipIf(serverUrl === undefined || !hasPgbouncer)('behind a pooler', () => {
  test('no statement is prepared in a process that the next one may not get', async () => {
    await withPgbouncer(serverUrl ?? '', { poolSize: 2 }, async (databaseUrl) => {
      const database = await openDatabase({ databaseUrl, dataDir: undefined, logger, poolSize: 4 })
      const ask = (value: string) => sql`select upper(${value}) as value`.execute(database.kysely)
      await Promise.all(Array.from({ length: 40 }, (_none, n) => ask(`${n}`)))
      const { rows } = await sql`select from pg_prepared_statements`.execute(database.kysely)
      expect(rows.length).toBe(0)
      await database.close()
    })
  })
})
