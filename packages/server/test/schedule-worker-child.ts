/**
 * A worker that is killed with its claim in hand: `schedule-worker-child.ts DATABASE_URL ORGANIZATION_ID SCHEDULE_ID`.
 * The input of its agent is parsed between the claim of the schedule and the commit of the run, and takes the process down.
 */
import { argv } from 'node:process'
import { z } from 'zod'
import { asId } from '../src/base/ids.ts'
import { createLogger } from '../src/base/log.ts'
import { openDatabase } from '../src/db/index.ts'
import { defineAgent, intent } from '../src/runtime/index.ts'
import { fireDue } from '../src/schedules/index.ts'

const [databaseUrl, organizationId = '', scheduleId = ''] = argv.slice(2)
const anything = z.looseObject({})
const deadly = defineAgent({
  name: 'Reporter',
  description: 'Reports',
  kind: 'workflow',
  policy: { tools: [], maxCostMicros: 1 },
  intents: {
    report: intent({
      description: 'Reports',
      input: anything.refine(() => process.kill(process.pid, 'SIGKILL')),
      output: anything,
      run: async () => ({}),
    }),
  },
})
const logger = createLogger({ level: 'fatal' })
const database = await openDatabase({ databaseUrl, dataDir: undefined, logger })
const parts = { database, queue: { dispatch: async () => {} }, agents: new Map([[deadly.name, deadly]]) }
await fireDue(parts, asId(organizationId), asId(scheduleId))
