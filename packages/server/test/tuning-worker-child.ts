/**
 * A worker in a process of its own that learns voices, for a test that kills it: `tuning-worker-child.ts DATABASE_URL
 * DATA_DIR DELAY_MS`, of which one of the first two is empty. It prints a line for each call of the model.
 */
import { argv, stdout } from 'node:process'
import { systemClock } from '../src/base/clock.ts'
import type { OrganizationId } from '../src/base/ids.ts'
import { createLogger } from '../src/base/log.ts'
import { createMetrics } from '../src/base/metrics.ts'
import { openDatabase } from '../src/db/index.ts'
import { workTuning } from '../src/learning/index.ts'
import { releaseAbandoned } from '../src/ops/index.ts'
import { createQueue } from '../src/queue/index.ts'
import { createStandaloneJournal } from '../src/runtime/index.ts'
import { hashedEmbeddings, offering } from './hashed-embeddings.ts'
import { impatient } from './queue-timing.ts'

const [databaseUrl = '', dataDir = '', delayMs = '0'] = argv.slice(2)
const logger = createLogger({ level: 'error' })
const database = await openDatabase({ databaseUrl: databaseUrl || undefined, dataDir: dataDir || undefined, logger })
await releaseAbandoned(database)
const queue = await createQueue({
  database,
  redisUrl: undefined,
  logger,
  metrics: createMetrics(),
  clock: systemClock,
  timing: impatient,
})
const embeddings = hashedEmbeddings({
  model: 'words',
  dimensions: 64,
  delayMs: Number(delayMs),
  onEmbed: async (texts) => void stdout.write(`embedding ${texts.length}\n`),
})
const parts = {
  database,
  logger,
  llm: offering(embeddings),
  journal: (organizationId: OrganizationId) => createStandaloneJournal({ database, organizationId }),
}
await queue.start({
  'learning.tune': async (job, signal) => {
    await workTuning(parts, job, signal)
    stdout.write('done\n')
  },
})
process.once('SIGTERM', () => {
  void queue
    .stop()
    .then(() => database.close())
    .then(() => process.exit(0))
})
