import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { agents } from '../agents/index.ts'
import { createAddressGuard } from '../base/address-guard.ts'
import { systemClock } from '../base/clock.ts'
import type { Config } from '../base/config.ts'
import { NeonHubError } from '../base/errors.ts'
import type { BrandId, OrganizationId, ScheduleId, WebhookEndpointId, WorkerId } from '../base/ids.ts'
import { createLogger, type Logger } from '../base/log.ts'
import { createMetrics } from '../base/metrics.ts'
import { type Database, migrate, openDatabase, readMigrationStatus, withTenant } from '../db/index.ts'
import { type App, createApp, createRateLimits } from '../http/index.ts'
import { createIdentity, ensureFirstOrganization, type FirstOrganization } from '../identity/index.ts'
import { wakeEval, workEval } from '../evals/index.ts'
import { workTuning } from '../learning/index.ts'
import { createLlm, type Llm } from '../llm/index.ts'
import { reembedBrand, sendBrand, wakeBrand } from '../knowledge/index.ts'
import {
  createMaintenance,
  dailyRetention,
  dueBudgets,
  dueDeliveries,
  dueEndpoints,
  dueEvals,
  dueOAuthStates,
  dueReembeddings,
  dueRuns,
  dueSchedules,
  planMaintenance,
  planReembeddings,
  releaseAbandoned,
  rollUpRegularly,
  syncCatalogue,
  takeUpDue,
} from '../ops/index.ts'
import {
  type ApartWorker,
  assertRedisAnswers,
  createQueue,
  forkApart,
  type JobHandler,
  type Queue,
  startWatchdog,
} from '../queue/index.ts'
import {
  codeCatalogue,
  createRuntime,
  createStandaloneJournal,
  findModels,
  keepRunMetrics,
  rollUpRuns,
  type Runtime,
  sweepBudgets,
  type WorksFor,
} from '../runtime/index.ts'
import { createIntake, wakeDelivery } from '../triggers/index.ts'
import { fireDue } from '../schedules/index.ts'
import { createDelivery, sendEndpoint } from '../webhooks/index.ts'
import { createHttpServices } from './http-services.ts'
import { readMasterKey } from './master-key.ts'
import { recordRetention } from './record-retention.ts'
import { seed } from './seed.ts'

/** Every room of one process, put together. */
export interface Installation {
  readonly config: Config
  readonly logger: Logger
  readonly database: Database
  readonly queue: Queue
  readonly llm: Llm
  readonly runtime: Runtime
  readonly app: App
  /** What this machine's operator sends as a bearer token. Lives as long as the process. */
  readonly localToken: string
  readonly first: FirstOrganization
  readonly startWorker: () => Promise<void>
  /** What a process that does one run needs of a worker. */
  readonly openApart: () => ApartWorker
  /**
   * Sends every brand that is in the space of another embedding model on its way to the installation's. Returns how many.
   * For servers alone: a command that is run with other settings must not change what all work with.
   */
  readonly adoptEmbeddingModel: () => Promise<number>
  readonly close: () => Promise<void>
}

/** Leases and jobs of a process that is silent for so long have gone to others. */
const longestStallMs = 15_000

const webFolder = fileURLToPath(new URL('../../../web/dist/', import.meta.url))

async function prepare(database: Database): Promise<void> {
  await migrate(database)
  await releaseAbandoned(database)
  await syncCatalogue(database, codeCatalogue(agents))
}

/** The files may be newer than the worker that started this process, which then does the run itself. */
async function assertPrepared(database: Database): Promise<void> {
  const { pending, unknown } = await readMigrationStatus(database)
  if (pending.length === 0 && unknown.length === 0) return
  throw new NeonHubError('cli.other_version', 'The database is of another version than the files of this process', {
    kind: 'unavailable',
    hint: 'Start the server again.',
  })
}

const apartFile = new URL('./work-apart.ts', import.meta.url)

/**
 * Opens the database, brings it up to date, seeds what a first start needs, and makes the rooms. Starts no worker.
 * `workerId`: who this process is, where another has started a job in its name; it finds all that as it is.
 */
export async function openInstallation(
  config: Config,
  { workerId }: { readonly workerId?: WorkerId } = {},
): Promise<Installation> {
  const logger = createLogger({ level: config.logLevel })
  const metrics = createMetrics()
  if (config.redisUrl !== undefined) await assertRedisAnswers(config.redisUrl)
  const database = await openDatabase({ databaseUrl: config.databaseUrl, dataDir: config.dataDir, logger, metrics })
  try {
    await (workerId === undefined ? prepare(database) : assertPrepared(database))
    const masterKey = await readMasterKey(config)
    const publicUrl = config.publicUrl ?? `http://localhost:${config.port}`
    const first =
      workerId === undefined
        ? (await seed(database, { masterKey, dataDir: config.dataDir, url: publicUrl })).first
        : await ensureFirstOrganization(database)
    const clock = systemClock
    const llm = createLlm({ config: config.llm, metrics, clock })
    const queue = await createQueue({
      database,
      redisUrl: config.redisUrl,
      logger,
      metrics,
      clock,
      ...(workerId === undefined ? {} : { workerId }),
    })
    const { mockConnectors, oauthApps } = config
    const guard = createAddressGuard({ allowed: config.allowedHosts })
    const { fetch, resolveHost, checkUrl } = guard
    const common = { database, queue, llm, clock, logger, fetch, resolveHost, masterKey, mockConnectors, oauthApps }
    const localToken = randomBytes(32).toString('base64url')
    const runtime = createRuntime({ ...common, agents, metrics, publicUrl })
    // A browser that was pointed to the other name of the loopback address is at home too.
    const trustedOrigins = [`http://127.0.0.1:${config.port}`, `http://localhost:${config.port}`]
    const identity = createIdentity({ database, masterKey, publicUrl, trustedOrigins, logger, clock, localToken })
    const limits = createRateLimits({ runsPerMinute: config.rateLimitPerMinute, redisUrl: config.redisUrl, logger })
    const journal = (organizationId: OrganizationId) => createStandaloneJournal({ database, organizationId })
    const judgeJournal = (organizationId: OrganizationId, worksFor: WorksFor) => ({
      ...createStandaloneJournal({ database, organizationId, worksFor }),
      findModels: () => findModels(common, organizationId),
    })
    const removeExpired = dailyRetention(database, { record: recordRetention, beforeRuns: keepRunMetrics, logger })
    const rollUp = rollUpRegularly(database, {
      rollUp: (organizationId, asked) => withTenant(database, organizationId, (tx) => rollUpRuns(tx, asked)),
      logger,
    })
    const wakeWebhookEndpoint = (organizationId: OrganizationId, endpointId: WebhookEndpointId) =>
      sendEndpoint(common, organizationId, endpointId)
    const services = createHttpServices({
      ...common,
      metrics,
      runtime,
      publicUrl,
      checkUrl,
      wakeEndpoint: wakeWebhookEndpoint,
    })
    const app = createApp({
      database,
      identity,
      services,
      limits,
      metrics,
      logger,
      clock,
      assetLimitBytes: config.assetLimitBytes,
      masterKey,
      publicUrl,
      trustedOrigins,
      webFolder,
      checksAnswers: false,
    })
    let stopWatchdog = async () => {}
    const watch = () => {
      stopWatchdog = startWatchdog({
        workerId: queue.workerId,
        databaseUrl: database.databaseUrl,
        logLevel: config.logLevel,
        stallMs: longestStallMs,
      })
    }
    const workRun: JobHandler = async ({ organizationId, runId }, signal) => {
      if (runId) await runtime.runJob(organizationId, runId, signal)
    }
    const close = async () => {
      await queue.stop()
      await stopWatchdog()
      await limits.close()
      await guard.close()
      await llm.close()
      await database.close()
    }
    return {
      config,
      logger,
      database,
      queue,
      llm,
      runtime,
      app,
      localToken,
      first,
      startWorker: async () => {
        const wake = (organizationId: OrganizationId, brandId: BrandId) =>
          wakeBrand(common, { organizationId, brandId })
        const fireSchedule = (organizationId: OrganizationId, scheduleId: ScheduleId) =>
          fireDue({ database, queue, agents }, organizationId, scheduleId)
        const due = [
          dueSchedules(fireSchedule),
          dueBudgets((organizationId) => withTenant(database, organizationId, sweepBudgets), logger),
          dueRuns(runtime.wakeRun),
          dueEvals((organizationId, evalId) => wakeEval(common, organizationId, evalId)),
          dueReembeddings(wake),
          dueEndpoints(wakeWebhookEndpoint),
          dueDeliveries((organizationId, deliveryId) => wakeDelivery(common, organizationId, deliveryId)),
          dueOAuthStates(database, logger),
        ]
        let isPlanned = false
        watch()
        await queue.start(
          {
            'agent.run': workRun,
            'eval.run': (job, signal) => workEval({ ...common, agents, journal: judgeJournal }, job, signal),
            'intake.embed': (job, signal) => reembedBrand({ ...common, journal }, job, signal),
            'learning.tune': (job, signal) => workTuning({ ...common, journal }, job, signal),
            maintenance: createMaintenance(common),
            'webhook.in': createIntake({ ...common, runtime }),
            'webhook.out': createDelivery({ ...common, metrics }),
          },
          {
            // They wait for others nearly all of their time; a slow receiver must not hold up the next one.
            // And one voice is learned after the other: it reckons in this process.
            concurrencyOf: { 'webhook.out': 50, 'learning.tune': 1 },
            // Nobody else can open a database that is in this process.
            ...(database.databaseUrl === undefined ? {} : { apart: forkApart(apartFile) }),
            upkeep: async () => {
              // Once, and not before the start is over: it counts every vector of every organization.
              if (!isPlanned) await planMaintenance(database, { queue })
              isPlanned = true
              await takeUpDue(database, { due, logger })
              await rollUp()
              await removeExpired()
            },
          },
        )
      },
      adoptEmbeddingModel: () =>
        planReembeddings(database, {
          to: llm.embeddings,
          start: (organizationId, brandId) => sendBrand(common, { organizationId, brandId, to: llm.embeddings }),
          logger,
        }),
      openApart: () => {
        watch()
        return { queue, handler: workRun, close }
      },
      close,
    }
  } catch (error) {
    await database.close()
    throw error
  }
}
