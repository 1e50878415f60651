/**
 * A worker in a process of its own whose agent asks models of a server, for a test that kills it:
 * `fallback-worker-child.ts DATABASE_URL DATA_DIR MODELS_URL`, of which one of the first two is empty. It prints "over"
 * where a run has ended.
 */
import { argv, stdout } from 'node:process'
import { systemClock } from '../src/base/clock.ts'
import { parseConfig } from '../src/base/config.ts'
import { createLogger } from '../src/base/log.ts'
import { createMetrics } from '../src/base/metrics.ts'
import { openDatabase, withTenant } from '../src/db/index.ts'
import { createLlm } from '../src/llm/index.ts'
import { releaseAbandoned, wakeRuns } from '../src/ops/index.ts'
import { createQueue } from '../src/queue/index.ts'
import { createRuntime } from '../src/runtime/index.ts'
import { asksModels } from './asks-models.ts'
import { openNetwork } from './open-network.ts'
import { impatient } from './queue-timing.ts'

const [databaseUrl = '', dataDir = '', modelsUrl = ''] = argv.slice(2)
const logger = createLogger({ level: 'fatal' })
const metrics = createMetrics()
const database = await openDatabase({ databaseUrl: databaseUrl || undefined, dataDir: dataDir || undefined, logger })
await releaseAbandoned(database)
const queue = await createQueue({
  database,
  redisUrl: undefined,
  logger,
  metrics,
  clock: systemClock,
  timing: impatient,
})
const { llm: config } = parseConfig({ OPENAI_COMPATIBLE_BASE_URL: modelsUrl, NEONHUB_MODEL: 'compatible:first' })
const runtime = createRuntime({
  database,
  queue,
  llm: createLlm({ config, clock: systemClock, random: () => 0 }),
  agents: new Map([[asksModels.name, asksModels]]),
  clock: systemClock,
  logger,
  metrics,
  ...openNetwork,
  publicUrl: 'http://localhost:3000',
  masterKey: new Uint8Array(32),
  mockConnectors: undefined,
  leaseMs: 3_000,
})
await queue.start(
  {
    'agent.run': async ({ organizationId, runId }, signal) => {
      if (!runId) return
      await runtime.runJob(organizationId, runId, signal)
      const run = await withTenant(database, organizationId, (tx) =>
        tx.selectFrom('agent_runs').select('finished_at').where('id', '=', runId).executeTakeFirst(),
      )
      if (run?.finished_at) stdout.write('over\n')
    },
  },
  { upkeep: () => wakeRuns(database, { wakeRun: runtime.wakeRun, logger }) },
)
process.once('SIGTERM', () => {
  void queue
    .stop()
    .then(() => database.close())
    .then(() => process.exit(0))
})
