import { Redis } from 'ioredis'
import { messageOf, NeonHubError } from '../base/errors.ts'

const timeoutMs = 5_000

/**
 * Asks Redis once, so that a wrong REDIS_URL is told at the start and not found out from jobs that wait. A Redis that goes
 * away later stops nothing. Throws `queue.redis_unreachable`.
 */
export async function assertRedisAnswers(url: string): Promise<void> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
  })
  // The rejection below says only that the connection was closed; this says why.
  let reason: Error | undefined
  redis.on('error', (error) => (reason = error))
  try {
    await redis.connect()
    await redis.ping()
  } catch (error) {
    const { host, port } = redis.options
    throw new NeonHubError(
      'queue.redis_unreachable',
      `Redis at ${host}:${port} does not answer: ${messageOf(reason ?? error)}`,
      {
        kind: 'unavailable',
        retryable: true,
        hint: 'Check that Redis runs and that REDIS_URL names its host, port and password; without REDIS_URL the queue lives in the database.',
        cause: error,
      },
    )
  } finally {
    redis.disconnect()
  }
}
