/** A worker in a process of its own, with the queue's own timing: `worker-child.ts DATABASE_URL`. It works until it is killed. */
import { argv } from 'node:process'
import { createLogger } from '../../../src/base/log.ts'
import { openDatabase } from '../../../src/db/index.ts'
import { workRuns } from '../../work-runs.ts'
import { hands, thinker } from './thinker.ts'

const [databaseUrl] = argv.slice(2)
const database = await openDatabase({ databaseUrl, dataDir: undefined, logger: createLogger({ level: 'fatal' }) })
await workRuns(database, {
  agents: [thinker],
  masterKey: '07'.repeat(32),
  leaseMs: 10_000,
  timing: {},
  concurrency: hands,
})
