/**
 * A worker in a process of its own, for tests that kill it: `crash-worker-child.ts DATABASE_URL MASTER_KEY LEASE_MS`.
 * Its agent makes one call of the tool that its input names, between two steps.
 */
import { argv } from 'node:process'
import { createLogger } from '../src/base/log.ts'
import { openDatabase } from '../src/db/index.ts'
import { caller } from './crash-agent.ts'
import { impatient } from './queue-timing.ts'
import { workRuns } from './work-runs.ts'

const [databaseUrl, masterKey = '', leaseMs] = argv.slice(2)
const database = await openDatabase({ databaseUrl, dataDir: undefined, logger: createLogger({ level: 'fatal' }) })
await workRuns(database, {
  agents: [caller],
  masterKey,
  leaseMs: Number(leaseMs),
  timing: impatient,
  concurrency: 100,
})
