/**
 * A worker in a process of its own whose agent asks models of a server, for a test that kills it:
 * `fallback-worker-child.ts DATABASE_URL DATA_DIR MODELS_URL`, of which one of the first two is empty. It prints "over"
 * where a run has ended.
 */
import { argv, stdout } from 'node:process'
import { createLogger } from '../src/base/log.ts'
import { openDatabase, withTenant } from '../src/db/index.ts'
import { dueRuns, releaseAbandoned, takeUpDue } from '../src/ops/index.ts'
import { asksModels } from './asks-models.ts'
import { openWorker } from './open-worker.ts'
import { impatient } from './queue-timing.ts'
import { stopOnTerm } from './stop-on-term.ts'

const [databaseUrl = '', dataDir = '', modelsUrl = ''] = argv.slice(2)
const database = await openDatabase({
  databaseUrl: databaseUrl || undefined,
  dataDir: dataDir || undefined,
  logger: createLogger({ level: 'fatal' }),
})
await releaseAbandoned(database)
const { queue, runtime, logger } = await openWorker(database, {
  agents: [asksModels],
  masterKey: '00'.repeat(32),
  leaseMs: 3_000,
  timing: impatient,
  environment: { OPENAI_COMPATIBLE_BASE_URL: modelsUrl, NEONHUB_MODEL: 'compatible:first' },
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
  { upkeep: () => takeUpDue(database, { due: [dueRuns(runtime.wakeRun)], logger }) },
)
stopOnTerm({ queue, database })
