import { type OrganizationId } from '../base/ids.ts'
import type { ResolveHost } from '../base/address-guard.ts'
import type { Clock } from '../base/clock.ts'
import type { ImportResult } from '@neonhub/contract'
import { messageOf, NeonHubError } from '../base/errors.ts'
import type { Logger } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import type { OAuthApps } from '../base/oauth-apps.ts'
import { receive } from '../triggers/index.ts'
import { type Database, sql } from '../db/index.ts'
import { agents } from '../agents/index.ts'
import type { HttpServices } from '../http/index.ts'
import { brandPeopleFile, importBrandPeople } from './import-brand-people.ts'
import { findBrand, importBrand, listBrandEmbeddings, listBrands, reembedBrands } from '../knowledge/index.ts'
import type { Llm } from '../llm/index.ts'
import { listContentOfRuns } from '../marketing/index.ts'
import type { Queue } from '../queue/index.ts'
import {
  addConnection,
  addSandboxConnections,
  assertModel,
  checkConnection,
  closeBreaker,
  checkEndpoint,
  createStandaloneJournal,
  describeConsent,
  findApproval,
  findLlmCall,
  findRun,
  findRunStep,
  findRunTrace,
  findToolExecution,
  finishAuthorization,
  listApprovals,
  listConnections,
  replaceConnection,
  listRunEvents,
  listRuns,
  type Runtime,
  saveEndpoint,
  startAuthorization,
} from '../runtime/index.ts'
import { backfill, fireByHand } from '../schedules/index.ts'

/** What the services are made of. */
export interface ServiceParts {
  readonly database: Database
  readonly queue: Queue
  readonly llm: Llm
  readonly runtime: Runtime
  readonly clock: Clock
  readonly logger: Logger
  readonly fetch: typeof fetch
  readonly resolveHost: ResolveHost
  readonly metrics: Metrics
  readonly checkUrl: (url: string) => void
  readonly wakeEndpoint: HttpServices['wakeEndpoint']
  readonly masterKey: Uint8Array
  readonly mockConnectors: boolean | undefined
  readonly oauthApps: OAuthApps
  readonly publicUrl: string
}

/** Hands the rooms' functions to the routes, in the words of the contract. */
export function createHttpServices(parts: ServiceParts): HttpServices {
  const { database, llm, logger, masterKey, queue, runtime } = parts
  const journal = (organizationId: OrganizationId) => createStandaloneJournal({ database, organizationId })
  return {
    runtime,
    agents,
    defaultModel: llm.defaultModel,
    assertModel: (tx, model) => assertModel(tx, llm, model),
    saveEndpoint: (tx, endpoint) => saveEndpoint(tx, masterKey, endpoint),
    checkEndpoint: (organizationId, asked) => checkEndpoint(parts, organizationId, asked),
    listRuns: async (tx, page) => [...(await listRuns(tx, page))],
    findRun,
    findRunDetail: (tx, runId) => findRunTrace(tx, runId, listContentOfRuns),
    listRunEvents: async (tx, request) => {
      const run = await findRun(tx, request.runId)
      return run && { status: run.status, events: [...(await listRunEvents(tx, request))] }
    },
    listApprovals,
    findApproval,
    findRunStep,
    findLlmCall,
    findToolExecution,
    listBrands,
    findBrand,
    importBrand: async (organizationId, request, onProgress) => {
      const result = await importBrand({ ...parts, journal }, organizationId, request, onProgress)
      return {
        ...result,
        ...(await importPeopleBeside(parts, organizationId, { ...request, skipped: result.skipped })),
      }
    },
    listEmbeddings: async (tx) => {
      const { provider, model } = parts.llm.embeddings
      return { model: `${provider}:${model}`, brands: await listBrandEmbeddings(tx) }
    },
    reembedBrands: (organizationId) => reembedBrands(parts, { organizationId, to: parts.llm.embeddings }),
    listConnections,
    addSandboxConnections: (tx) => addSandboxConnections(tx, masterKey),
    consentOf: (connector) => describeConsent(parts, connector),
    startAuthorization: (tx, asked) => startAuthorization(parts, tx, asked),
    finishAuthorization: (organizationId, returned, inSame) =>
      finishAuthorization(parts, organizationId, returned, inSame),
    addConnection: (tx, connection) => addConnection(tx, masterKey, connection),
    replaceConnection: (tx, connection) => replaceConnection(tx, masterKey, connection),
    resumeConnection: closeBreaker,
    checkConnection: (organizationId, id) => checkConnection(parts, organizationId, id),
    checkUrl: parts.checkUrl,
    wakeEndpoint: parts.wakeEndpoint,
    receiveWebhook: (request) => receive(parts, request),
    dispatchDelivery: (organizationId, jobId) => queue.dispatch(organizationId, jobId, 'webhook.in'),
    dispatchTuning: (organizationId, jobId) => queue.dispatch(organizationId, jobId, 'learning.tune'),
    dispatchEval: (organizationId, jobId) => queue.dispatch(organizationId, jobId, 'eval.run'),
    fireSchedule: (organizationId, id, inSame) => fireByHand({ ...parts, agents }, organizationId, id, inSame),
    backfillSchedule: (organizationId, asked, beforehand) =>
      backfill({ ...parts, agents }, organizationId, asked, beforehand),
    isReady: async () => (await isAnswering(database, logger)) && (await queue.health()).isUp,
  }
}

/** The people of a brand's folder; a file of that name which is no file of people is told among what was left out. */
async function importPeopleBeside(
  parts: ServiceParts,
  organizationId: OrganizationId,
  { source, skipped }: { readonly source: string; readonly skipped: ImportResult['skipped'] },
): Promise<Partial<Pick<ImportResult, 'people' | 'skipped'>>> {
  if (/^https?:/i.test(source)) return {}
  try {
    const people = await importBrandPeople(parts, organizationId, { folder: source, actor: 'cli' })
    return people ? { people } : {}
  } catch (error) {
    if (!(error instanceof NeonHubError) || error.code !== 'people.file_unreadable') throw error
    return { skipped: [...skipped, { path: brandPeopleFile, reason: error.message }] }
  }
}

async function isAnswering(database: Database, logger: Logger): Promise<boolean> {
  try {
    await sql`select 1`.execute(database.kysely)
    return true
  } catch (error) {
    logger.warn({ error: messageOf(error) }, 'The database does not answer')
    return false
  }
}
