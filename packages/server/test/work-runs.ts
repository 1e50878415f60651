import { stdout } from 'node:process'
import { systemClock } from '../src/base/clock.ts'
import { parseConfig } from '../src/base/config.ts'
import { createLogger } from '../src/base/log.ts'
import { createMetrics } from '../src/base/metrics.ts'
import type { Database } from '../src/db/index.ts'
import { createLlm } from '../src/llm/index.ts'
import { wakeRuns } from '../src/ops/index.ts'
import { createQueue, type QueueTiming, startWatchdog } from '../src/queue/index.ts'
import { type Agent, createRuntime } from '../src/runtime/index.ts'
import { openNetwork } from './open-network.ts'

/** Works runs in this process until it is killed, as a worker of a fleet does; writes "ready" once it does. */
export async function workRuns(
  database: Database,
  {
    agents,
    masterKey,
    leaseMs,
    timing,
    concurrency,
    stallMs,
  }: {
    readonly agents: readonly Agent[]
    /** In hexadecimal. */
    readonly masterKey: string
    readonly leaseMs: number
    readonly timing: Partial<QueueTiming>
    readonly concurrency: number
    /** Ends the process once its event loop has stood for so long; never where absent. */
    readonly stallMs?: number
  },
): Promise<void> {
  const logger = createLogger({ level: 'fatal' })
  const metrics = createMetrics()
  const queue = await createQueue({ database, redisUrl: undefined, logger, metrics, clock: systemClock, timing })
  const runtime = createRuntime({
    database,
    queue,
    llm: createLlm({ config: parseConfig({}).llm, clock: systemClock }),
    agents: new Map(agents.map((agent) => [agent.name, agent])),
    clock: systemClock,
    logger,
    metrics,
    ...openNetwork,
    publicUrl: 'http://localhost:3000',
    masterKey: Buffer.from(masterKey, 'hex'),
    mockConnectors: false,
    leaseMs,
  })
  await queue.start(
    {
      'agent.run': async ({ organizationId, runId }, signal) => {
        if (runId) await runtime.runJob(organizationId, runId, signal)
      },
    },
    { concurrency, upkeep: () => wakeRuns(database, { wakeRun: runtime.wakeRun, logger }) },
  )
  if (stallMs !== undefined) {
    startWatchdog({ workerId: queue.workerId, databaseUrl: database.databaseUrl, logLevel: 'fatal', stallMs })
  }
  stdout.write('ready\n')
}
