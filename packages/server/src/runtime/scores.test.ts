import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { addOrganization, databaseKinds, isMissing, openTestDatabase } from '../../test/database.ts'
import { type Database, withTenant } from '../db/index.ts'
import { addScore, defineAgent, intent, listScores, writeRun } from './index.ts'

const anything = z.looseObject({})
const agent = defineAgent({
  name: 'Writer',
  description: 'Writes',
  kind: 'workflow',
  policy: { tools: [], maxCostMicros: 1 },
  intents: { write: intent({ description: 'Writes', input: anything, output: anything, run: async () => ({}) }) },
})

for (const kind of databaseKinds) {
  describe.skipIf(isMissing(kind))(`marks on runs on the ${kind} database`, () => {
    let database: Database
    beforeAll(async () => {
      database = await openTestDatabase(kind)
    }, 60_000)
    afterAll(() => database.close())

    test('marks are kept newest first, within their bounds, and inside their organization', async () => {
      const [ours, theirs] = [await addOrganization(database), await addOrganization(database)]
      const { runId } = await withTenant(database, ours, (tx) =>
        writeRun(tx, new Map([[agent.name, agent]]), {
          agent: 'Writer',
          intent: 'write',
          input: {},
          requestedBy: 'cli',
        }),
      )
      const mark = { runId, stepKey: undefined, name: 'quality', value: 0.5, comment: '', scoredBy: 'cli' }
      await withTenant(database, ours, (tx) => addScore(tx, mark))
      await withTenant(database, ours, (tx) => addScore(tx, { ...mark, name: 'tone', value: 1, stepKey: 'write' }))
      expect(await withTenant(database, ours, (tx) => listScores(tx, runId))).toMatchObject([
        { name: 'tone', value: 1, stepKey: 'write' },
        { name: 'quality', value: 0.5, stepKey: undefined },
      ])
      for (const value of [-0.1, 1.1, Number.NaN])
        await expect(withTenant(database, ours, (tx) => addScore(tx, { ...mark, value }))).rejects.toThrow('check')
      // A foreign run is one that there is not.
      await expect(withTenant(database, theirs, (tx) => addScore(tx, mark))).rejects.toThrow('foreign key')
      expect(await withTenant(database, theirs, (tx) => listScores(tx, runId))).toEqual([])
    })
  })
}
