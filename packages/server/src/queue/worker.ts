import { messageOf } from '../base/errors.ts'
import type { WorkerId } from '../base/ids.ts'
import type { Logger } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import type { Database } from '../db/index.ts'
import { ActiveJobs } from './active-jobs.ts'
import { ApartJobs } from './apart-jobs.ts'
import type { Backend } from './backend/backend.ts'
import { JobTaker } from './job-taker.ts'
import { reconcile } from './reconcile.ts'
import { repeat } from './repeat.ts'
import { type JobHandler, type QueueName, queueNames, type StartApart } from './spec.ts'
import type { TakenJob } from './sql/take-jobs.ts'
import type { QueueTiming } from './timing.ts'
import { isDoneWithin, within } from './within.ts'
import { type JobEntry, workJob, workStarted, type WorkParts } from './work-job.ts'

export interface WorkerParts {
  readonly workerId: WorkerId
  readonly database: Database
  readonly backend: Backend
  readonly logger: Logger
  readonly metrics: Metrics
  readonly timing: QueueTiming
  readonly handlers: Partial<Record<QueueName, JobHandler>>
  readonly concurrency: number
  readonly concurrencyOf: Partial<Record<QueueName, number>>
  readonly upkeep: () => Promise<void>
  readonly apart: StartApart | undefined
}

/** Queues whose jobs are handed out by the database: organizations in turns, each one's by priority. */
const inTurns: readonly QueueName[] = ['agent.run']
/** Hands beyond those that one organization may fill, so that another's job finds a free one. */
const spareShare = 0.25

/** What a hand does that has a job: that, and then the next as long as others wait. */
async function workTurns(parts: WorkParts, taker: JobTaker, { first, handler }: Turns): Promise<void> {
  for (let job: TakenJob | undefined = first; job;) {
    let hasMore = false
    try {
      hasMore = await workStarted(parts, job, handler)
    } finally {
      taker.letGo(job)
    }
    job = hasMore || taker.hasMore ? await taker.take() : undefined
  }
}

interface Turns {
  readonly first: TakenJob | undefined
  readonly handler: JobHandler
}

/** Hands that the queue wakes, and that look by themselves now and then, because it may have lost its word for something. */
function openHands(parts: WorkParts, taker: JobTaker, { handler, onError }: HandParts) {
  const own = new Set<Promise<void>>()
  const begin = (first: TakenJob) => {
    const turns: Promise<void> = workTurns(parts, taker, { first, handler })
      .catch(onError)
      .finally(() => own.delete(turns))
    own.add(turns)
  }
  let isLooking = false
  return {
    work: async () => workTurns(parts, taker, { first: await taker.take(), handler }).catch(onError),
    /** Not waited for: where a job is to be done alone, the look ends once the process is idle. */
    look: async () => {
      if (isLooking) return
      isLooking = true
      try {
        for (let job = await taker.take(); job;) {
          begin(job)
          job = taker.hasFreeHand ? await taker.take() : undefined
        }
      } catch (error) {
        onError(error)
      } finally {
        isLooking = false
      }
    },
    close: async () => {
      taker.close()
      await Promise.all(own)
    },
  }
}

interface HandParts {
  readonly handler: JobHandler
  readonly onError: (error: unknown) => void
}

/** What a process needs to write down that it gave up, and to end. */
const apartMarginMs = 2_000

/** Works the queues that have a handler, keeps the jobs in hand alive, and reconciles. */
export function startWorker(parts: WorkerParts): { readonly stop: () => Promise<void> } {
  const { workerId, database, backend, logger, metrics, timing, handlers, upkeep } = parts
  const onError = (what: string) => (error: unknown) => logger.warn({ error: messageOf(error) }, what)
  const activeJobs = new ActiveJobs(database, timing)
  const workParts = { database, activeJobs, timing, logger, metrics }
  const hands: ReturnType<typeof openHands>[] = []
  const apartJobs: ApartJobs[] = []
  const consumers = queueNames.flatMap((queue) => {
    const handler = handlers[queue]
    if (!handler) return []
    const dropped = onError('A job could not be worked; the reconciler will ask after it')
    const concurrency = parts.concurrencyOf[queue] ?? parts.concurrency
    if (!inTurns.includes(queue)) {
      const work = (entry: Omit<JobEntry, 'queue'>) => workJob(workParts, { ...entry, queue }, handler).catch(dropped)
      return [backend.consume(queue, work, { concurrency })]
    }
    const count = concurrency + Math.ceil(concurrency * spareShare)
    const apart =
      parts.apart && new ApartJobs({ database, logger, start: parts.apart, timing, onFree: () => void own.look() })
    const taker = new JobTaker({ database, queue, workerId, hands: count, mostHeld: concurrency, timing, apart })
    const own = openHands(workParts, taker, { handler, onError: dropped })
    hands.push(own)
    if (apart) apartJobs.push(apart)
    return [backend.consume(queue, own.work, { concurrency: count })]
  })

  const stopHeartbeat = repeat(() => activeJobs.renew(), {
    intervalMs: timing.heartbeatMs,
    onError: onError('The heartbeat of jobs failed'),
  })
  const stopReconciler = repeat(
    async () => {
      // First, so that a process which was held up does not take its own jobs for abandoned.
      await activeJobs.renew()
      const { nextMs, hasRuns } = await reconcile({ database, backend, logger, metrics, timing })
      if (hasRuns) for (const one of hands) void one.look()
      await upkeep()
      return nextMs ?? undefined
    },
    // At once: a process that starts again finds what its predecessor left.
    { intervalMs: timing.reconcileMs, onError: onError('The queue could not be reconciled'), atOnce: true },
  )

  const drain = async () => {
    // First: what waits for a turn gets none any more.
    const turns = hands.map((one) => one.close())
    for (const one of apartJobs) one.stop()
    const drained = Promise.all([...turns, ...consumers.map((consumer) => consumer.close())]).then(() =>
      Promise.all(apartJobs.map((one) => one.close())),
    )
    const isOver = (timeoutMs: number) => isDoneWithin(timeoutMs, drained)
    // With nothing in hand, only a backend that is away can hold the end up.
    const isIdle = activeJobs.isIdle && apartJobs.every((one) => one.isIdle)
    if (await isOver(isIdle ? Math.min(timing.backendTimeoutMs, timing.graceMs) : timing.graceMs)) return
    if (!isIdle) {
      activeJobs.abort()
      // A process beside this one has the same times, and ends after them.
      if (await isOver(timing.abortMs + (apartJobs.every((one) => one.isIdle) ? 0 : apartMarginMs))) return
    }
    if (!activeJobs.isIdle) logger.error('Jobs did not give up in time; another worker will start them again')
    await within(timing.backendTimeoutMs, Promise.all(consumers.map((consumer) => consumer.disconnect()))).catch(
      onError('The queue was left without a goodbye'),
    )
  }

  return {
    stop: async () => {
      await stopReconciler()
      try {
        await drain()
      } finally {
        await stopHeartbeat()
      }
    },
  }
}
