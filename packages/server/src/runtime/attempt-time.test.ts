import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { databaseKinds, isMissing, openTestDatabase } from '../../test/database.ts'
import { restOf, runToRest, startTestRuntime, type TestRuntime } from '../../test/runtime.ts'
import { type Database, sql, withTenant } from '../db/index.ts'
import { defineAgent, intent } from './define-agent.ts'

let hangs = true

const sleeper = defineAgent({
  name: 'Sleeper',
  description: 'Waits for what may never come',
  kind: 'workflow',
  policy: { tools: [], maxCostMicros: 0 },
  intents: {
    sleep: intent({
      description: 'Takes a step, and then one that may never end',
      attemptMs: 400,
      input: z.strictObject({ beside: z.enum(['in a step', 'outside']) }),
      output: z.strictObject({ first: z.number() }),
      async run({ input, step }) {
        const first = await step('first', async () => Date.now())
        const never = () => new Promise<number>(() => {})
        if (hangs) await (input.beside === 'in a step' ? step('never', never) : never())
        return { first }
      },
    }),
  },
})

describe.for(databaseKinds.filter((kind) => !isMissing(kind)))('the time of an attempt, on the %s database', (kind) => {
  let database: Database
  let setting: TestRuntime

  beforeAll(async () => {
    database = await openTestDatabase(kind)
    setting = await startTestRuntime(database, [sleeper])
  })
  afterAll(async () => {
    await setting.stop()
    await database.close()
  })

  test.for(['in a step', 'outside'] as const)('one that hangs %s is ended, told of and resumed', async (beside) => {
    hangs = true
    const { organizationId, runtime } = setting
    const run = await runToRest(setting, { agent: 'Sleeper', intent: 'sleep', input: { beside } })
    expect(run).toMatchObject({
      status: 'needs_attention',
      lease_holder: null,
      error: {
        code: 'runtime.attempt_too_long',
        message: 'An attempt at Sleeper sleep was not over after 0.4 s',
      },
    })
    const { rows } = await withTenant(database, organizationId, (tx) =>
      sql`select from notifications where subject_id = ${run.id} and kind = 'run_needs_attention'`.execute(tx),
    )
    expect(rows).toHaveLength(1)
    hangs = false
    await runtime.resumeRun(organizationId, run.id as Parameters<typeof runtime.resumeRun>[1])
    expect(await restOf(setting, run.id as Parameters<typeof restOf>[1])).toMatchObject({ status: 'succeeded' })
  })
})
