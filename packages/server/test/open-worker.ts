import { systemClock } from '../src/base/clock.ts'
import { parseConfig } from '../src/base/config.ts'
import type { WorkerId } from '../src/base/ids.ts'
import { createLogger } from '../src/base/log.ts'
import { createMetrics } from '../src/base/metrics.ts'
import type { Database } from '../src/db/index.ts'
import { createLlm } from '../src/llm/index.ts'
import { createQueue, type QueueTiming } from '../src/queue/index.ts'
import { type Agent, createRuntime } from '../src/runtime/index.ts'
import { openNetwork } from './open-network.ts'

export interface WorkerOptions {
  readonly agents: readonly Agent[]
  /** In hexadecimal. */
  readonly masterKey: string
  readonly leaseMs: number
  readonly timing: Partial<QueueTiming>
  /** Names the models that are asked; the sandbox's where absent. */
  readonly environment?: Readonly<Record<string, string>>
  /** Who it is, where another process has started a job in its name. */
  readonly workerId?: WorkerId
}

/** The parts of a worker in a process of its own, as a fleet has many. Its queue has not been started. */
export async function openWorker(
  database: Database,
  { agents: known, masterKey, leaseMs, timing, environment = {}, workerId }: WorkerOptions,
) {
  const logger = createLogger({ level: 'fatal' })
  const metrics = createMetrics()
  const queue = await createQueue({
    database,
    redisUrl: undefined,
    logger,
    metrics,
    clock: systemClock,
    timing,
    ...(workerId === undefined ? {} : { workerId }),
  })
  const agents = new Map(known.map((agent) => [agent.name, agent]))
  const llm = createLlm({ config: parseConfig(environment).llm, clock: systemClock, random: () => 0 })
  const runtime = createRuntime({
    database,
    queue,
    llm,
    agents,
    clock: systemClock,
    logger,
    metrics,
    ...openNetwork,
    publicUrl: 'http://localhost:3000',
    masterKey: Buffer.from(masterKey, 'hex'),
    mockConnectors: false,
    leaseMs,
  })
  return { queue, runtime, llm, agents, logger }
}
