import { randomBytes } from 'node:crypto'
import { systemClock } from '../../../src/base/clock.ts'
import { parseConfig } from '../../../src/base/config.ts'
import type { OrganizationId } from '../../../src/base/ids.ts'
import { createLogger } from '../../../src/base/log.ts'
import { createMetrics } from '../../../src/base/metrics.ts'
import { createHttpServices } from '../../../src/cli/http-services.ts'
import { type Database, openDatabase, withTenant } from '../../../src/db/index.ts'
import { createApp, createRateLimits } from '../../../src/http/index.ts'
import { createIdentity } from '../../../src/identity/index.ts'
import { createLlm } from '../../../src/llm/index.ts'
import { dueRuns, takeUpDue } from '../../../src/ops/index.ts'
import { createQueue } from '../../../src/queue/index.ts'
import { addConnection, createRuntime } from '../../../src/runtime/index.ts'
import { openNetwork } from '../../open-network.ts'
import { impatient } from '../../queue-timing.ts'
import { courierOf } from './courier.ts'

const origin = 'http://localhost:3000'
const leaseMs = 2_500

/**
 * An API and its workers, each with connections of its own to the database at `databaseUrl`. The queue is in it, or on the
 * Redis at `redisUrl`.
 */
export async function openService(
  databaseUrl: string,
  { providerUrl, redisUrl, workers }: { providerUrl: string; redisUrl?: string; workers: number },
) {
  const logger = createLogger({ level: 'silent' })
  const [clock, metrics, masterKey] = [systemClock, createMetrics(), randomBytes(32)]
  const localToken = randomBytes(32).toString('base64url')
  const llm = createLlm({ config: parseConfig({}).llm, clock })
  const courier = courierOf(providerUrl)

  const open = async () => {
    const database = await openDatabase({ databaseUrl, dataDir: undefined, logger })
    const queue = await createQueue({ database, redisUrl, logger, metrics, clock, timing: impatient })
    const parts = { database, queue, llm, clock, logger, metrics, masterKey, mockConnectors: false, ...openNetwork }
    const agents = new Map([[courier.name, courier]])
    const runtime = createRuntime({ ...parts, agents, publicUrl: origin, leaseMs })
    return { parts, runtime }
  }
  const api = await open()
  const hands = await Promise.all(Array.from({ length: workers }, open))
  for (const { parts, runtime } of hands) {
    await parts.queue.start(
      {
        'agent.run': async ({ organizationId, runId }, signal) => {
          if (runId) await runtime.runJob(organizationId, runId, signal)
        },
      },
      { concurrency: 20, upkeep: () => takeUpDue(parts.database, { due: [dueRuns(runtime.wakeRun)], logger }) },
    )
  }
  const { database } = api.parts
  const app = createApp({
    database,
    identity: createIdentity({ database, masterKey, publicUrl: origin, trustedOrigins: [], localToken, clock, logger }),
    services: createHttpServices({
      ...api.parts,
      runtime: api.runtime,
      oauthApps: {},
      publicUrl: origin,
      checkUrl: () => undefined,
      wakeEndpoint: async () => undefined,
    }),
    limits: createRateLimits({ runsPerMinute: 1_000_000, redisUrl: undefined, logger }),
    metrics,
    logger,
    clock,
    masterKey,
    publicUrl: origin,
    trustedOrigins: [],
    webFolder: undefined,
    checksAnswers: true,
  })

  return {
    /** Connects an organization with the providers. */
    connect: async (direct: Database, organizationId: OrganizationId) => {
      const connections = [
        ['webhook', { url: providerUrl }, { secret: `whsec_${Buffer.alloc(32, 7).toString('base64')}` }],
        ['slack', { apiUrl: `${providerUrl}api/` }, { botToken: 'xoxb-test' }],
      ] as const
      for (const [connector, settings, credentials] of connections) {
        await withTenant(direct, organizationId, (tx) =>
          addConnection(tx, masterKey, { connector, name: connector, mode: 'real', settings, credentials }),
        )
      }
    },
    /** Asks the API, as the operator in an organization. */
    post: async (organizationId: OrganizationId, path: string, { key, body }: { key: string; body: unknown }) =>
      app.request(`${origin}${path}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${localToken}`,
          'x-organization': organizationId,
          'idempotency-key': key,
        },
        body: JSON.stringify(body),
      }),
    close: async () => {
      for (const { parts } of [...hands, api]) {
        await parts.queue.stop()
        await parts.database.close()
      }
    },
  }
}
