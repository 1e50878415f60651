import { Queue, Worker } from 'bullmq'
import type { Logger } from '../../base/log.ts'
import type { Backend } from './backend.ts'
import { bullBackend } from './bull-backend.ts'

const reconnectMs = 2_000

/**
 * BullMQ on Redis or Valkey. Opens at once, also where Redis is down: what is added then fails, and the reconciler puts
 * it back. Two installations on one Redis need two of its databases (`redis://host/1`) or two prefixes.
 */
export function openRedisBackend(url: string, prefix: string, logger: Logger): Backend {
  const connection = {
    url,
    retryStrategy: (attempt: number) => Math.min(attempt * 100, reconnectMs),
  }
  return bullBackend(
    {
      kind: 'redis',
      // Without its offline queue a client says at once that Redis is down.
      openQueue: (name) =>
        new Queue(name, { connection: { ...connection, enableOfflineQueue: false, maxRetriesPerRequest: 1 }, prefix }),
      openWorker: (name, work, options) => new Worker(name, work, { ...options, connection, prefix }),
      close: async () => {},
    },
    logger,
  )
}
