/**
 * A worker in a process of its own that carries evals on, for a test that kills it: `eval-worker-child.ts DATABASE_URL
 * DATA_DIR`, of which one is empty. It prints "asked" with each case that its agent is asked, and "done" where an eval's
 * job is over.
 */
import { argv, stdout } from 'node:process'
import { z } from 'zod'
import { systemClock } from '../src/base/clock.ts'
import type { OrganizationId } from '../src/base/ids.ts'
import { createLogger } from '../src/base/log.ts'
import { openDatabase } from '../src/db/index.ts'
import { wakeEval, workEval } from '../src/evals/index.ts'
import { dueEvals, dueRuns, releaseAbandoned, takeUpDue } from '../src/ops/index.ts'
import { createStandaloneJournal, defineAgent, intent } from '../src/runtime/index.ts'
import { openWorker } from './open-worker.ts'
import { impatient } from './queue-timing.ts'
import { stopOnTerm } from './stop-on-term.ts'

const writer = defineAgent({
  name: 'Writer',
  description: 'Writes',
  kind: 'copilot',
  policy: { tools: [], maxCostMicros: 1 },
  intents: {
    write: intent({
      description: 'Writes',
      input: z.object({ topic: z.string() }),
      output: z.object({ text: z.string() }),
      run: async ({ input, step }) => {
        const text = await step('write', async () => {
          stdout.write('asked\n')
          await systemClock.sleep(300)
          return `About ${input.topic}`
        })
        return { text }
      },
    }),
  },
})

const [databaseUrl = '', dataDir = ''] = argv.slice(2)
const database = await openDatabase({
  databaseUrl: databaseUrl || undefined,
  dataDir: dataDir || undefined,
  logger: createLogger({ level: 'fatal' }),
})
await releaseAbandoned(database)
const { queue, runtime, llm, agents, logger } = await openWorker(database, {
  agents: [writer],
  masterKey: '00'.repeat(32),
  leaseMs: 1_000,
  timing: impatient,
})
const parts = {
  database,
  queue,
  agents,
  llm,
  clock: systemClock,
  journal: (organizationId: OrganizationId) => createStandaloneJournal({ database, organizationId }),
}
await queue.start(
  {
    'agent.run': async ({ organizationId, runId }, signal) => {
      if (runId) await runtime.runJob(organizationId, runId, signal)
    },
    'eval.run': async (job, signal) => {
      await workEval(parts, job, signal)
      stdout.write('done\n')
    },
  },
  {
    upkeep: () =>
      takeUpDue(database, {
        due: [dueRuns(runtime.wakeRun), dueEvals((id, evalId) => wakeEval({ database, queue }, id, evalId))],
        logger,
      }),
  },
)
stopOnTerm({ queue, database })
