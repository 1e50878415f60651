/** A worker of the proof of poison: `worker-child.ts DATABASE_URL MASTER_KEY STEP_MS WATCHED`. */
import { argv } from 'node:process'
import { createLogger } from '../../../src/base/log.ts'
import { openDatabase } from '../../../src/db/index.ts'
import { workRuns } from '../../work-runs.ts'
import { timingFor } from '../crash/timing-for.ts'
import { createEater } from './eater.ts'
import { leaseMs } from './timing.ts'

const [databaseUrl = '', masterKey = '', stepMs = '', watched] = argv.slice(2)
const logger = createLogger({ level: 'fatal' })
const database = await openDatabase({ databaseUrl, dataDir: undefined, logger, poolSize: 6 })
await workRuns(database, {
  agents: [createEater(Number(stepMs))],
  masterKey,
  leaseMs,
  timing: timingFor(leaseMs),
  concurrency: 12,
  ...(watched === 'watched' ? { stallMs: leaseMs } : {}),
})
