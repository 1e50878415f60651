import type { Job, Queue, Worker, WorkerOptions } from 'bullmq'
import { z } from 'zod'
import { atMostEvery } from '../../base/at-most-every.ts'
import { messageOf } from '../../base/errors.ts'
import { asId } from '../../base/ids.ts'
import type { Logger } from '../../base/log.ts'
import { type QueueName, queueNames } from '../spec.ts'
import type { Backend, QueueEntry } from './backend.ts'

interface RaisesErrors {
  readonly on: (event: 'error', listener: (error: Error) => void) => unknown
}

/** BullMQ on one of its backends: how to open a queue and a worker there. */
export interface BullParts {
  readonly kind: Backend['kind']
  readonly openQueue: (
    name: QueueName,
  ) => Pick<Queue, 'add' | 'addBulk' | 'getActive' | 'getJobCounts' | 'close'> & RaisesErrors
  readonly openWorker: (
    name: QueueName,
    work: (job: Job) => Promise<void>,
    options: Omit<WorkerOptions, 'connection'>,
  ) => Pick<Worker, 'close' | 'disconnect'> & RaisesErrors
  readonly close: () => Promise<void>
}

/** Each of its connections tells of a loss every two seconds. */
const quietMs = 30_000

const EntryData = z.object({ organizationId: z.uuid(), jobId: z.uuid() })

/** The row says how a job went, so a backend keeps nothing of it and tries nothing again. */
const jobOptions = { attempts: 1, removeOnComplete: true, removeOnFail: true } as const

/**
 * An idle worker looks again after half a minute: new and delayed entries wake it, and this is for a wake-up that was
 * lost. A dead worker's entry is dropped from the active ones after two of its checks; nothing waits for that.
 */
const workerOptions = {
  drainDelay: 30,
  lockDuration: 15_000,
  stalledInterval: 15_000,
  runRetryDelay: 2_000,
} as const

/** Puts BullMQ behind the door that the queue knows. */
export function bullBackend(parts: BullParts, logger: Logger): Backend {
  const logLoss = atMostEvery(quietMs, (queue: QueueName, error: Error) =>
    logger.warn({ queue, backend: parts.kind, error: messageOf(error) }, 'The queue has lost its backend for a moment'),
  )
  const logError = (queue: QueueName) => (error: Error) => logLoss(queue, error)
  const queues = new Map<QueueName, ReturnType<BullParts['openQueue']>>()
  const queueOf = (name: QueueName) => {
    const opened = queues.get(name)
    if (opened) return opened
    const queue = parts.openQueue(name)
    queue.on('error', logError(name))
    queues.set(name, queue)
    return queue
  }
  // Connected now, so that the first job need not wait for it.
  for (const name of queueNames) queueOf(name)
  const add = async (name: QueueName, jobs: readonly ReturnType<typeof toBullJob>[]) => {
    const [first, ...others] = jobs
    if (!first) return
    // A batch makes a temporary table on PostgreSQL, which one entry is not worth.
    if (others.length === 0) await queueOf(name).add(first.name, first.data, first.opts)
    else await queueOf(name).addBulk([first, ...others])
  }
  return {
    kind: parts.kind,
    add: (name, entries) =>
      add(
        name,
        entries.map((entry) => toBullJob(entry)),
      ),
    putBack: async (name, entries) => {
      const taken = new Set((await queueOf(name).getActive()).map(({ id }) => id))
      const jobs = entries.map((entry) => {
        let turn = 0
        while (taken.has(bullId(entry, turn))) turn += 1
        return toBullJob(entry, turn)
      })
      await add(name, jobs)
    },
    consume: (name, work, { concurrency }) => {
      const worker = parts.openWorker(
        name,
        (job) => {
          const { organizationId, jobId } = EntryData.parse(job.data)
          return work({ organizationId: asId(organizationId), jobId: asId(jobId) })
        },
        { ...workerOptions, concurrency },
      )
      worker.on('error', logError(name))
      return { close: () => worker.close(), disconnect: () => worker.disconnect() }
    },
    count: async (name) => {
      const counts = await queueOf(name).getJobCounts('waiting', 'active', 'delayed')
      return { waiting: counts['waiting'] ?? 0, active: counts['active'] ?? 0, delayed: counts['delayed'] ?? 0 }
    },
    close: async () => {
      await Promise.all([...queues.values()].map((queue) => queue.close()))
      await parts.close()
    },
  }
}

/** BullMQ refuses an id with a colon, which it uses in its keys. `turn` counts the entries of one start that were lost. */
const bullId = ({ jobId, attempts }: QueueEntry, turn: number) =>
  turn === 0 ? `${jobId}.${attempts}` : `${jobId}.${attempts}.${turn}`

function toBullJob(entry: QueueEntry, turn = 0) {
  const { organizationId, jobId, delayMs } = entry
  return {
    name: 'job',
    data: { organizationId, jobId },
    opts: { ...jobOptions, jobId: bullId(entry, turn), ...(delayMs > 0 ? { delay: delayMs } : {}) },
  }
}
