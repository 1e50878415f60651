import type { Clock } from '../base/clock.ts'
import { messageOf, NeonHubError } from '../base/errors.ts'
import { newId, type WorkerId } from '../base/ids.ts'
import type { Logger } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import type { Database } from '../db/index.ts'
import type { Backend } from './backend/backend.ts'
import { openPostgresBackend } from './backend/postgres-backend.ts'
import { openRedisBackend } from './backend/redis-backend.ts'
import { type JobHandler, type Queue, type QueueHealth, type QueueName, queueNames } from './spec.ts'
import { endJob } from './sql/end-job.ts'
import { defaultTiming, type QueueTiming } from './timing.ts'
import { startOne } from './start-one.ts'
import { startWorker } from './worker.ts'
import { within } from './within.ts'

export interface QueueParts {
  readonly database: Database
  /** Absent: the queue lives in the database. */
  readonly redisUrl: string | undefined
  readonly logger: Logger
  readonly metrics: Metrics
  readonly clock: Clock
  /** What this installation's keys in Redis begin with. Default `neonhub`. */
  readonly redisPrefix?: string
  readonly timing?: Partial<QueueTiming>
  /** Who this process is, where another has started a job in its name. */
  readonly workerId?: WorkerId
}

const defaultConcurrency = 10

/**
 * Opens the queue: in the database, or on Redis where `redisUrl` is set. Throws `queue.migration_failed`. A Redis that is
 * down is no error: jobs are kept in their rows until it is back.
 */
export async function createQueue(parts: QueueParts): Promise<Queue> {
  const { database, logger, metrics, clock, redisUrl, redisPrefix = 'neonhub' } = parts
  const timing = { ...defaultTiming, ...parts.timing }
  const backend =
    redisUrl === undefined
      ? await openPostgresBackend(database, logger)
      : openRedisBackend(redisUrl, redisPrefix, logger)
  const workerId: WorkerId = parts.workerId ?? newId()
  let worker: { readonly stop: () => Promise<void> } | undefined
  let stopping: Promise<void> | undefined

  const stop = async () => {
    await worker?.stop()
    await within(timing.backendTimeoutMs, backend.close()).catch((error: unknown) =>
      logger.warn({ error: messageOf(error) }, 'The queue was left without a goodbye'),
    )
  }

  const assertNotStarted = () => {
    if (!worker && !stopping) return
    throw new NeonHubError('queue.started', 'The queue was started or stopped before', { kind: 'internal' })
  }

  return {
    workerId,
    dispatch: async (organizationId, jobId, queue, { runAt } = {}) => {
      const delayMs = runAt === undefined ? 0 : Math.max(0, runAt.getTime() - clock.now().getTime())
      try {
        await within(timing.backendTimeoutMs, backend.add(queue, [{ organizationId, jobId, attempts: 0, delayMs }]))
      } catch (error) {
        logger.warn(
          { queue, jobId, error: messageOf(error) },
          'The queue did not take a job; the reconciler will put it back',
        )
      }
    },
    start: async (
      handlers: Partial<Record<QueueName, JobHandler>>,
      { concurrency = defaultConcurrency, concurrencyOf = {}, upkeep = async () => {}, apart } = {},
    ) => {
      assertNotStarted()
      worker = startWorker({
        workerId,
        database,
        backend,
        logger,
        metrics,
        timing,
        handlers,
        concurrency,
        concurrencyOf,
        upkeep,
        apart,
      })
    },
    workOne: async (job, handler) => {
      if (stopping) return void (await endJob(database, job, { status: 'released' }))
      assertNotStarted()
      const one = startOne({ database, logger, metrics, timing }, { job, workerId, handler })
      worker = one
      await one.done
    },
    stop: () => (stopping ??= stop()),
    health: () => askHealth(backend, timing),
  }
}

async function askHealth(backend: Backend, { backendTimeoutMs }: QueueTiming): Promise<QueueHealth> {
  try {
    const counts = await within(
      backendTimeoutMs,
      Promise.all(queueNames.map(async (name) => [name, await backend.count(name)] as const)),
    )
    return { backend: backend.kind, isUp: true, error: undefined, counts: Object.fromEntries(counts) }
  } catch (error) {
    return { backend: backend.kind, isUp: false, error: messageOf(error), counts: {} }
  }
}
