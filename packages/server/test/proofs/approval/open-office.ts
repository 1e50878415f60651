import { randomBytes } from 'node:crypto'
import { systemClock } from '../../../src/base/clock.ts'
import { parseConfig } from '../../../src/base/config.ts'
import type { OrganizationId, RunId } from '../../../src/base/ids.ts'
import { createLogger } from '../../../src/base/log.ts'
import { createMetrics } from '../../../src/base/metrics.ts'
import { createHttpServices } from '../../../src/cli/http-services.ts'
import { type Database, withTenant } from '../../../src/db/index.ts'
import { createApp, createRateLimits } from '../../../src/http/index.ts'
import { createIdentity } from '../../../src/identity/index.ts'
import { createLlm } from '../../../src/llm/index.ts'
import { createQueue } from '../../../src/queue/index.ts'
import { addConnection, createRuntime, replaceConnection, type RuntimeParts } from '../../../src/runtime/index.ts'
import { openNetwork } from '../../open-network.ts'
import { petitioner, petitionerOf } from './petitioner.ts'

const origin = 'http://localhost:3000'
/** Longer than the other holder of a run needs, and short enough to be waited for. */
const leaseMs = 3_000
/** As the upkeep of an installation would, a run whose holder was too slow is taken again. */
const mostTurns = 20

/** Two workers whose turns the proof decides, the API before them, and a door for connections. */
export async function openOffice(
  database: Database,
  {
    recorderUrl,
    outside,
  }: {
    readonly recorderUrl: string
    /** Where the agent's code sends by itself: for a sabotage. */
    readonly outside: string | undefined
  },
) {
  const logger = createLogger({ level: 'fatal' })
  const [clock, metrics, masterKey] = [systemClock, createMetrics(), randomBytes(32)]
  const localToken = randomBytes(32).toString('base64url')
  const queue = await createQueue({ database, redisUrl: undefined, logger, metrics, clock })
  const llm = createLlm({ config: parseConfig({}).llm, clock })
  const parts = { database, queue, llm, clock, logger, metrics, masterKey, mockConnectors: false, ...openNetwork }
  const open = (options: Partial<Pick<RuntimeParts, 'approvalTtlMs'>> = {}) =>
    createRuntime({
      ...parts,
      agents: new Map([[petitioner.name, petitionerOf(outside)]]),
      publicUrl: origin,
      leaseMs,
      ...options,
    })
  const [first, second] = [open(), open()]
  const services = createHttpServices({
    ...parts,
    runtime: first,
    oauthApps: {},
    publicUrl: origin,
    checkUrl: () => undefined,
    wakeEndpoint: async () => undefined,
  })
  const identity = createIdentity({
    database,
    masterKey,
    publicUrl: origin,
    trustedOrigins: [],
    localToken,
    clock,
    logger,
  })
  const app = createApp({
    database,
    identity,
    services,
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
  /** What a connection is set to: real, and heard by the recorder alone. */
  const account = (path: string) => ({
    mode: 'real' as const,
    settings: { url: `${recorderUrl}${path}` },
    credentials: { secret: `whsec_${Buffer.alloc(32, 7).toString('base64')}` },
  })
  return {
    origin,
    localToken,
    runtime: first,
    /** A runtime whose approvals lapse soon. */
    openHasty: (approvalTtlMs: number) => open({ approvalTtlMs }),
    send: async (path: string, init: RequestInit) => app.request(`${origin}${path}`, init),
    connect: (organizationId: OrganizationId, name: string) =>
      withTenant(database, organizationId, (tx) =>
        addConnection(tx, masterKey, { connector: 'webhook', name, ...account('before') }),
      ),
    reconnect: (organizationId: OrganizationId, id: Parameters<typeof replaceConnection>[2]['id']) =>
      withTenant(database, organizationId, (tx) => replaceConnection(tx, masterKey, { id, ...account('after') })),
    /** Works a run to its rest, at first with as many takers at once, of both workers. */
    work: async (organizationId: OrganizationId, runId: RunId, { takers = 1, runtime = first } = {}) => {
      const { signal } = new AbortController()
      const workers = Array.from({ length: takers }, (_, index) => (index % 2 === 0 ? runtime : second))
      await Promise.all(workers.map((worker) => worker.runJob(organizationId, runId, signal)))
      for (let turn = 0; turn < mostTurns; turn += 1) {
        if (await runtime.waitForRun(organizationId, runId, { timeoutMs: 0 })) return
        await runtime.runJob(organizationId, runId, signal)
      }
      throw new Error(`the run ${runId} comes to no rest`)
    },
    close: () => queue.stop(),
  }
}

export type Office = Awaited<ReturnType<typeof openOffice>>
