import { randomBytes } from 'node:crypto'
import {
  type Approval,
  type LlmCallDetail,
  Run,
  type RunDetail,
  type RunEvent,
  type RunStatus,
  type RunStep,
  type ToolExecutionDetail,
} from '@neonhub/contract'
import { z } from 'zod'
import { systemClock } from '../src/base/clock.ts'
import { parseConfig } from '../src/base/config.ts'
import { asId, newId, type OrganizationId } from '../src/base/ids.ts'
import { NeonHubError } from '../src/base/errors.ts'
import type { OAuthApps } from '../src/base/oauth-apps.ts'
import { createLogger } from '../src/base/log.ts'
import { createMetrics } from '../src/base/metrics.ts'
import { type TenantTx, withTenant } from '../src/db/index.ts'
import { createApp, createRateLimits, type HttpParts, type HttpServices } from '../src/http/index.ts'
import { createApiKey, createIdentity, ensureFirstOrganization, type Permission } from '../src/identity/index.ts'
import { createLlm } from '../src/llm/index.ts'
import {
  addConnection,
  type Agent,
  addSandboxConnections,
  checkConnection,
  closeBreaker,
  assertModel,
  checkEndpoint,
  describeConsent,
  finishAuthorization,
  saveEndpoint,
  startAuthorization,
  listConnections,
  replaceConnection,
} from '../src/runtime/index.ts'
import { receive } from '../src/triggers/index.ts'
import { backfill, fireByHand } from '../src/schedules/index.ts'
import { type DatabaseKind, openTestDatabase } from './database.ts'
import { openNetwork } from './open-network.ts'

export const publicUrl = 'http://localhost:3000'

const llm = createLlm({ config: parseConfig({}).llm, clock: systemClock })

const memoryAgents: ReadonlyMap<string, Agent> = new Map([
  [
    'SEOAgent',
    {
      name: 'SEOAgent',
      description: 'Checks texts',
      kind: 'analyst',
      policy: { tools: [], maxCostMicros: 1 },
      intents: {
        'seo-audit': {
          description: 'Audits',
          input: z.object({ url: z.url() }),
          output: z.object({}),
          needsBrand: false,
          run: async () => ({}),
        },
      },
    },
  ],
])

/** A run as the API tells of it. */
export function makeRun(fields: Partial<RunDetail> = {}): RunDetail {
  const id = newId()
  return {
    id,
    agent: 'SEOAgent',
    intent: 'seo-audit',
    status: 'succeeded',
    requestedBy: 'cli',
    priority: 'normal',
    approveAll: false,
    tainted: false,
    attempt: 1,
    rootRunId: id,
    costMicros: 12,
    inputTokens: 3,
    outputTokens: 4,
    totalCostMicros: 12,
    totalInputTokens: 3,
    totalOutputTokens: 4,
    sandbox: false,
    createdAt: new Date().toISOString(),
    input: {},
    steps: [],
    llmCalls: [],
    toolExecutions: [],
    content: [],
    children: [],
    ...fields,
  }
}

/** A finished step. */
export const makeStep = (key: string): RunStep => ({
  key,
  sequence: 1,
  kind: 'step',
  status: 'succeeded',
  attempt: 1,
  startedAt: new Date().toISOString(),
  finishedAt: new Date().toISOString(),
  output: { written: true },
})

/** A model call as the API tells of it alone. */
export const makeLlmCall = (runId: string): LlmCallDetail => ({
  id: newId(),
  runId,
  stepKey: 'write',
  operation: 'generate',
  provider: 'sandbox',
  requestedModel: 'writer',
  status: 'succeeded',
  inputTokens: 3,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 4,
  reasoningTokens: 0,
  costMicros: 0,
  startedAt: new Date().toISOString(),
  request: { prompt: [{ role: 'system', content: 'Write well.' }] },
  response: { content: [{ type: 'text', text: 'Well written.' }] },
})

/** A tool execution as the API tells of it alone. */
export const makeToolExecution = (runId: string): ToolExecutionDetail => ({
  id: newId(),
  runId,
  stepKey: 'send',
  tool: 'email.send',
  effect: 'once',
  status: 'unknown',
  preview: { title: 'Mail', recipients: ['ann@example.com'], body: 'Hello' },
  attempt: 1,
  arguments: { to: ['ann@example.com'], text: 'Hello' },
  argumentsHash: 'abc',
})

/**
 * Runs and approvals in memory, kept apart by organization: what stands behind the routes while they alone are tested.
 * Connections are the real ones.
 */
export class MemoryServices {
  readonly runs = new Map<OrganizationId, RunDetail[]>()
  readonly events = new Map<string, RunEvent[]>()
  readonly approvals = new Map<OrganizationId, Approval[]>()
  readonly llmCalls = new Map<OrganizationId, LlmCallDetail[]>()
  readonly toolExecutions = new Map<OrganizationId, ToolExecutionDetail[]>()
  readonly started: unknown[] = []
  readonly forked: unknown[] = []
  readonly decisions: unknown[] = []
  readonly woken: string[] = []
  /** The installation's apps at providers, and the network on which their token endpoints are asked. */
  readonly oauth: { readonly oauthApps: OAuthApps; readonly fetch: typeof fetch }

  constructor(oauth: Partial<MemoryServices['oauth']> = {}) {
    this.oauth = { oauthApps: {}, fetch: openNetwork.fetch, ...oauth }
  }

  addRun(organizationId: OrganizationId, run: RunDetail): RunDetail {
    this.runs.set(organizationId, [run, ...(this.runs.get(organizationId) ?? [])])
    return run
  }

  setStatus(id: string, status: RunStatus): void {
    for (const [organizationId, runs] of this.runs) {
      this.runs.set(
        organizationId,
        runs.map((run) => (run.id === id ? { ...run, status } : run)),
      )
    }
  }

  #find(organizationId: OrganizationId, id: string): RunDetail | undefined {
    return this.runs.get(organizationId)?.find((run) => run.id === id)
  }

  toServices(parts: Pick<HttpParts, 'database' | 'masterKey' | 'clock'>): HttpServices {
    const schedules = { database: parts.database, queue: { dispatch: async () => {} }, agents: memoryAgents }
    const oauth = { ...this.oauth, publicUrl }
    const find = (tx: TenantTx, id: string) => this.#find(tx.organizationId, id)
    return {
      runtime: {
        startRun: async (organizationId, request, alongside) => {
          this.started.push(request)
          const run = this.addRun(organizationId, makeRun({ agent: request.agent, requestedBy: request.requestedBy }))
          await withTenant(parts.database, organizationId, async (tx) => alongside?.(tx, asId(run.id)))
          return { runId: asId(run.id), isNew: true }
        },
        forkRun: async (organizationId, source, request, alongside) => {
          this.forked.push({ source, ...request })
          const run = this.addRun(
            organizationId,
            makeRun({ forkedFromRunId: source, requestedBy: request.requestedBy }),
          )
          await withTenant(parts.database, organizationId, async (tx) => alongside?.(tx, asId(run.id)))
          return { runId: asId(run.id), isNew: true }
        },
        resumeRun: async (_organizationId, id) => this.setStatus(id, 'queued'),
        cancelRun: async (_organizationId, id) => this.setStatus(id, 'cancelled'),
        signalRun: async () => true,
        waitForRun: async (organizationId, id) => this.#find(organizationId, id)?.status,
        decideApproval: async (_organizationId, id, decision) => {
          this.decisions.push({ id, ...decision })
        },
        settleToolExecution: async () => {},
      },
      defaultModel: llm.defaultModel,
      assertModel: (tx, model) => assertModel(tx, llm, model),
      saveEndpoint: (tx, endpoint) => saveEndpoint(tx, parts.masterKey, endpoint),
      checkEndpoint: (organizationId, asked) => checkEndpoint({ ...parts, ...openNetwork, llm }, organizationId, asked),
      agents: memoryAgents,
      listRuns: async (tx, { limit, before, status }) =>
        (this.runs.get(tx.organizationId) ?? [])
          .filter((run) => (before === undefined || run.id < before) && (status === undefined || run.status === status))
          .slice(0, limit)
          .map((run) => Run.parse(run)),
      findRun: async (tx, id) => {
        const run = find(tx, id)
        return run && Run.parse(run)
      },
      findRunDetail: async (tx, id) => find(tx, id),
      listRunEvents: async (tx, { runId, after, limit }) => {
        const run = find(tx, runId)
        const events = this.events.get(runId) ?? []
        return run && { status: run.status, events: events.filter(({ id }) => id > after).slice(0, limit) }
      },
      listApprovals: async (tx, { limit }) => (this.approvals.get(tx.organizationId) ?? []).slice(0, limit),
      findApproval: async (tx, id) => this.approvals.get(tx.organizationId)?.find((approval) => approval.id === id),
      findRunStep: async (tx, id, key) => find(tx, id)?.steps.find((step) => step.key === key),
      findLlmCall: async (tx, id) => this.llmCalls.get(tx.organizationId)?.find((call) => call.id === id),
      findToolExecution: async (tx, id) =>
        this.toolExecutions.get(tx.organizationId)?.find((execution) => execution.id === id),
      listBrands: async () => [],
      findBrand: async () => undefined,
      importBrand: async (_organizationId, { source }, onProgress) => {
        onProgress({ stage: 'read', done: 1, total: 2, item: 'about.md' })
        if (source === '/missing') throw new Error('secret inside')
        const brand = { id: newId(), slug: 'acme', name: 'Acme' }
        return { brand, added: 2, changed: 0, removed: 0, unchanged: 0, skipped: [], chunks: 4, durationMs: 5 }
      },
      listEmbeddings: async () => ({ model: 'energetic:model-embeddings-en', brands: [] }),
      reembedBrands: async () => {},
      listConnections,
      addSandboxConnections: (tx) => addSandboxConnections(tx, parts.masterKey),
      consentOf: (connector) => describeConsent(oauth, connector),
      startAuthorization: (tx, asked) => startAuthorization({ ...parts, ...oauth }, tx, asked),
      finishAuthorization: (organizationId, returned, inSame) =>
        finishAuthorization({ ...parts, ...oauth }, organizationId, returned, inSame),
      addConnection: (tx, connection) => addConnection(tx, parts.masterKey, connection),
      replaceConnection: (tx, connection) => replaceConnection(tx, parts.masterKey, connection),
      resumeConnection: closeBreaker,
      checkConnection: (organizationId, id) =>
        checkConnection({ ...parts, ...openNetwork, ...oauth, mockConnectors: undefined }, organizationId, id),
      checkUrl: (url) => {
        if (!url.startsWith('https://'))
          throw new NeonHubError('base.address_refused', 'It is refused', { kind: 'forbidden' })
      },
      wakeEndpoint: async (_organizationId, endpointId) => void this.woken.push(endpointId),
      receiveWebhook: (request) =>
        receive(
          { ...parts, queue: { dispatch: async () => {} }, metrics: createMetrics(), mockConnectors: undefined },
          request,
        ),
      dispatchDelivery: async () => {},
      dispatchTuning: async () => {},
      dispatchEval: async () => {},
      fireSchedule: (organizationId, id, inSame) => fireByHand(schedules, organizationId, id, inSame),
      backfillSchedule: (organizationId, asked, beforehand) => backfill(schedules, organizationId, asked, beforehand),
      isReady: async () => true,
    }
  }
}

/** The whole application over a migrated embedded database, with one organization and its owner. */
export async function openTestApp(
  overrides: Partial<HttpParts> & {
    readonly runsPerMinute?: number
    readonly oauth?: Partial<MemoryServices['oauth']>
    readonly databaseKind?: DatabaseKind
  } = {},
) {
  const { runsPerMinute = 60, oauth, databaseKind = 'embedded', ...given } = overrides
  const database = await openTestDatabase(databaseKind)
  const masterKey = randomBytes(32)
  const localToken = randomBytes(32).toString('base64url')
  const logger = createLogger({ level: 'silent' })
  const clock = systemClock
  const identity = createIdentity({ database, masterKey, publicUrl, trustedOrigins: [], localToken, clock, logger })
  const { organizationId, owner } = await ensureFirstOrganization(database)
  if (!owner) throw new Error('the first start makes an owner')
  const memory = new MemoryServices(oauth)
  const parts: HttpParts = {
    database,
    identity,
    services: memory.toServices({ database, masterKey, clock }),
    limits: createRateLimits({ runsPerMinute, redisUrl: undefined, logger }),
    metrics: createMetrics(),
    logger,
    clock,
    masterKey,
    publicUrl,
    trustedOrigins: [],
    webFolder: undefined,
    checksAnswers: true,
    eventPollMs: 5,
    heartbeatMs: 20,
    ...given,
  }
  const app = createApp(parts)

  /** Headers of a fresh key with these scopes, in the first organization or another. */
  async function keyWith(scopes: readonly Permission[], inOrganization = organizationId) {
    const { key } = await withTenant(database, inOrganization, (tx) =>
      createApiKey(tx, { name: 'test', scopes, createdBy: 'cli', expiresAt: undefined }),
    )
    return { authorization: `Bearer ${key}` }
  }

  /** The cookie of a fresh session of the owner. */
  async function signIn(): Promise<string> {
    const response = await app.request(`${publicUrl}/api/auth/sign-in/email`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: publicUrl },
      body: JSON.stringify(owner),
    })
    return response.headers
      .getSetCookie()
      .map((cookie) => cookie.split(';')[0])
      .join('; ')
  }

  const send = (method: string, path: string, options: { headers?: Record<string, string>; body?: unknown } = {}) =>
    app.request(`${publicUrl}${path}`, {
      method,
      headers: { ...(options.body === undefined ? {} : { 'content-type': 'application/json' }), ...options.headers },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    })

  return {
    app,
    parts,
    memory,
    database,
    organizationId,
    owner,
    /** In the first organization; without the second header the operator has to choose once there are two. */
    operator: { authorization: `Bearer ${localToken}`, 'x-organization': organizationId },
    keyWith,
    signIn,
    send,
    close: () => database.close(),
  }
}

export type TestApp = Awaited<ReturnType<typeof openTestApp>>
