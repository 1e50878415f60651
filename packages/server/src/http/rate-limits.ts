import { Redis } from 'ioredis'
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import { atMostEvery } from '../base/at-most-every.ts'
import type { Logger } from '../base/log.ts'

/**
 * `runs`: starting runs, for each principal and agent. `requests`: everything, for each principal. `sign-in` and
 * `public`: for each client address, because there is no principal yet. `webhooks`: likewise, and higher, because all
 * that a provider tells all of its customers comes from a few addresses.
 */
export type RateLimitName = 'runs' | 'requests' | 'sign-in' | 'public' | 'webhooks'

/** Where a limit stands after a request was counted. */
export interface TakenRate {
  readonly name: RateLimitName
  readonly allowed: boolean
  readonly limit: number
  readonly windowSeconds: number
  readonly remaining: number
  readonly resetMs: number
}

/** Counts requests in windows of a minute. */
export interface RateLimits {
  readonly take: (name: RateLimitName, key: string) => Promise<TakenRate>
  readonly close: () => Promise<void>
}

const windowSeconds = 60
const quietMs = 30_000

/**
 * Opens the limits: in Redis, where the whole fleet shares them, or in this process where there is no Redis. While
 * Redis is away each process counts for itself, so that the API goes on, limited.
 */
export function createRateLimits({
  runsPerMinute,
  redisUrl,
  logger,
}: {
  readonly runsPerMinute: number
  readonly redisUrl: string | undefined
  readonly logger: Logger
}): RateLimits {
  const points: Readonly<Record<RateLimitName, number>> = {
    runs: runsPerMinute,
    requests: runsPerMinute * 10,
    'sign-in': 20,
    public: 600,
    webhooks: 6_000,
  }
  const redis = redisUrl === undefined ? undefined : openRedis(redisUrl, logger)
  const create = (name: RateLimitName) => {
    const options = { keyPrefix: `neonhub:rate:${name}`, points: points[name], duration: windowSeconds }
    const memory = new RateLimiterMemory(options)
    if (!redis) return memory
    return new RateLimiterRedis({
      ...options,
      storeClient: redis,
      insuranceLimiter: memory,
      rejectIfRedisNotReady: true,
    })
  }
  const limiters = {
    runs: create('runs'),
    requests: create('requests'),
    'sign-in': create('sign-in'),
    public: create('public'),
    webhooks: create('webhooks'),
  }

  return {
    take: async (name, key) => {
      const result = await limiters[name].consume(key).catch(onlyRefusal)
      return {
        name,
        allowed: result.consumedPoints <= points[name],
        limit: points[name],
        windowSeconds,
        remaining: result.remainingPoints,
        resetMs: result.msBeforeNext,
      }
    },
    close: async () => redis?.disconnect(),
  }
}

/** The library rejects with the result where the limit is reached, and with an error where it could not count. */
function onlyRefusal(rejection: unknown): RateLimiterRes {
  if (rejection instanceof RateLimiterRes) return rejection
  throw rejection
}

function openRedis(url: string, logger: Logger): Redis {
  const redis = new Redis(url, { enableOfflineQueue: false, maxRetriesPerRequest: 1 })
  redis.on(
    'error',
    atMostEvery(quietMs, (error: Error) =>
      logger.warn({ error: error.message }, 'Redis does not answer: each process counts requests for itself'),
    ),
  )
  return redis
}
