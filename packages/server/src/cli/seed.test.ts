import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { databaseKinds, isMissing, openTestDatabase } from '../../test/database.ts'
import { seed } from './seed.ts'

for (const kind of databaseKinds) {
  test.skipIf(isMissing(kind))(
    `on the ${kind} database, seeding many times at once makes everything once`,
    async () => {
      const dataDir = await mkdtemp(join(tmpdir(), 'neonhub-seed-'))
      const database = await openTestDatabase(kind)
      const run = () => seed(database, { masterKey: randomBytes(32), dataDir, url: 'http://localhost:3000' })
      const results = await Promise.all(Array.from({ length: 8 }, run))
      const owners = results.flatMap(({ first }) => first.owner ?? [])
      expect(owners).toHaveLength(1)
      expect(await readFile(join(dataDir, 'sign-in.txt'), 'utf8')).toContain(owners[0]?.password)
      expect(results.flatMap(({ connections }) => connections).toSorted()).toEqual(['email', 'slack', 'webhook'])
      expect(await run()).toMatchObject({ first: { owner: undefined }, connections: [] })
      await database.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  )
}
