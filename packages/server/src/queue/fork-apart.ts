import { fork } from 'node:child_process'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { NeonHubError } from '../base/errors.ts'
import type { WorkerId } from '../base/ids.ts'
import type { JobHandler, JobRow, Queue, StartApart } from './spec.ts'

/** What a process that does one job is told. */
interface Order {
  readonly job: JobRow
  readonly workerId: WorkerId
}

/** How long one may take to give up once it was told to; it has the queue's own grace in that. */
const longestStopMs = 20_000
const begun = 'begun'

/** Starts `file`, which calls `workApart`, with this process's arguments to Node, its environment and its output. */
export function forkApart(file: URL, parameters: readonly string[] = []): StartApart {
  return (job, { workerId, signal }) =>
    new Promise((resolve, reject) => {
      const child = fork(fileURLToPath(file), parameters, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
      let hasBegun = false
      const stop = () => {
        if (child.connected) child.disconnect()
        setTimeout(() => child.kill('SIGKILL'), longestStopMs).unref()
      }
      child.once('message', () => (hasBegun = true))
      child.once('error', reject)
      child.once('exit', (code, killedBy) => {
        signal.removeEventListener('abort', stop)
        if (hasBegun) return resolve()
        reject(
          new NeonHubError('queue.not_begun', `The process ended with ${killedBy ?? code} before it began`, {
            kind: 'internal',
          }),
        )
      })
      if (signal.aborted) stop()
      else signal.addEventListener('abort', stop)
      const order: Order = { job, workerId }
      child.send(order, (error) => error && child.kill('SIGKILL'))
    })
}

/** The part of a worker that such a process needs. */
export interface ApartWorker {
  /** With the id that it was opened for. */
  readonly queue: Queue
  readonly handler: JobHandler
  readonly close: () => Promise<void>
}

/**
 * In a process that `forkApart` started: does the one job that it was started for, and resolves once its outcome is on
 * record. It stops where its parent says so, or is gone.
 */
export async function workApart(open: (workerId: WorkerId) => Promise<ApartWorker>): Promise<void> {
  const { promise: ordered, resolve } = Promise.withResolvers<Order | undefined>()
  process.once('message', (order) => resolve(order as Order))
  process.once('disconnect', () => resolve(undefined))
  // A terminal tells both of Ctrl+C, and the parent decides what it means.
  process.on('SIGINT', () => {})
  const order = await ordered
  if (!order) return
  const { queue, handler, close } = await open(order.workerId)
  const stop = () => void queue.stop()
  process.once('SIGTERM', stop)
  process.once('disconnect', stop)
  try {
    if (!process.connected) return
    // Out before the job can make this process stand still.
    await new Promise((sent) => process.send?.(begun, sent))
    await queue.workOne(order.job, handler)
  } finally {
    await close()
    if (process.connected) process.disconnect()
  }
}
