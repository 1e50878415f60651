/**
 * A worker in a process of its own that embeds brands anew, for a test that kills it: `reembed-worker-child.ts
 * DATABASE_URL DATA_DIR DELAY_MS`, of which one of the first two is empty. It prints a line for each call of the model.
 */
import { argv, stdout } from 'node:process'
import { systemClock } from '../src/base/clock.ts'
import { createLogger } from '../src/base/log.ts'
import { createMetrics } from '../src/base/metrics.ts'
import { openDatabase } from '../src/db/index.ts'
import { reembedBrand } from '../src/knowledge/index.ts'
import { releaseAbandoned } from '../src/ops/index.ts'
import { createQueue } from '../src/queue/index.ts'
import { createStandaloneJournal } from '../src/runtime/index.ts'
import { hashedEmbeddings, offering } from './hashed-embeddings.ts'
import { impatient } from './queue-timing.ts'

const [databaseUrl = '', dataDir = '', delayMs = '0'] = argv.slice(2)
const logger = createLogger({ level: 'error' })
const database = await openDatabase({ databaseUrl: databaseUrl || undefined, dataDir: dataDir || undefined, logger })
await releaseAbandoned(database)
const clock = systemClock
const queue = await createQueue({
  database,
  redisUrl: undefined,
  logger,
  metrics: createMetrics(),
  clock,
  timing: impatient,
})
const fresh = hashedEmbeddings({
  model: 'fresh',
  dimensions: 768,
  delayMs: Number(delayMs),
  onEmbed: async (texts) => void stdout.write(`embedding ${texts.length}\n`),
})
const parts = {
  database,
  queue,
  clock,
  llm: offering(fresh),
  journal: (organizationId: Parameters<typeof createStandaloneJournal>[0]['organizationId']) =>
    createStandaloneJournal({ database, organizationId }),
}
await queue.start({
  'intake.embed': async (job, signal) => {
    await reembedBrand(parts, job, signal)
    stdout.write('done\n')
  },
})
process.once('SIGTERM', () => {
  void queue
    .stop()
    .then(() => database.close())
    .then(() => process.exit(0))
})
