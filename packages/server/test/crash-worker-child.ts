/**
 * A worker in a process of its own, for tests that kill it: `crash-worker-child.ts DATABASE_URL MASTER_KEY LEASE_MS`.
 * Its agent makes one call of the tool that its input names, between two steps.
 */
import { argv, stdout } from 'node:process'
import { systemClock } from '../src/base/clock.ts'
import { parseConfig } from '../src/base/config.ts'
import { createLogger } from '../src/base/log.ts'
import { createMetrics } from '../src/base/metrics.ts'
import { openDatabase } from '../src/db/index.ts'
import { createLlm } from '../src/llm/index.ts'
import { wakeRuns } from '../src/ops/index.ts'
import { createQueue } from '../src/queue/index.ts'
import { createRuntime } from '../src/runtime/index.ts'
import { caller } from './crash-agent.ts'
import { impatient } from './queue-timing.ts'
import { openNetwork } from './open-network.ts'

const [databaseUrl, masterKey = '', leaseMs] = argv.slice(2)
const logger = createLogger({ level: 'fatal' })
const metrics = createMetrics()
const database = await openDatabase({ databaseUrl, dataDir: undefined, logger })
const queue = await createQueue({
  database,
  redisUrl: undefined,
  logger,
  metrics,
  clock: systemClock,
  timing: impatient,
})
const runtime = createRuntime({
  database,
  queue,
  llm: createLlm({ config: parseConfig({}).llm, clock: systemClock }),
  agents: new Map([[caller.name, caller]]),
  clock: systemClock,
  logger,
  metrics,
  ...openNetwork,
  publicUrl: 'http://localhost:3000',
  masterKey: Buffer.from(masterKey, 'hex'),
  mockConnectors: false,
  leaseMs: Number(leaseMs),
})
await queue.start(
  {
    'agent.run': async ({ organizationId, runId }, signal) => {
      if (runId) await runtime.runJob(organizationId, runId, signal)
    },
  },
  { concurrency: 100, upkeep: () => wakeRuns(database, { wakeRun: runtime.wakeRun, logger }) },
)
stdout.write('ready\n')
