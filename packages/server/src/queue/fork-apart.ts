import { fork } from 'node:child_process'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { messageOf, NeonHubError } from '../base/errors.ts'
import type { WorkerId } from '../base/ids.ts'
import type { JobHandler, JobRow, Queue, StartApart } from './spec.ts'

/** What a process that does one job is told. */
interface Order {
  readonly job: JobRow
  readonly workerId: WorkerId
}

/** How long one may take to give up once it was told to, or to close what it opened; it has the queue's own grace in that. */
const longestStopMs = 20_000
const begun = 'begun'
/** EX_TEMPFAIL of sysexits.h: the process could not go on, and that is no word against its job. */
const couldNotGoOn = 75

/** Starts `file`, which calls `workApart`, with this process's arguments to Node, its environment and its output. */
export function forkApart(file: URL, parameters: readonly string[] = []): StartApart {
  return (job, { workerId, signal }) =>
    new Promise((resolve, reject) => {
      const child = fork(fileURLToPath(file), parameters, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
      let hasBegun = false
      const stop = () => {
        if (child.connected) child.disconnect()
      }
      child.once('message', () => (hasBegun = true))
      child.once('disconnect', () => setTimeout(() => child.kill('SIGKILL'), longestStopMs * 1.5).unref())
      // Each of them: without a listener, the second one would take this process down.
      child.on('error', reject)
      child.once('exit', (code, killedBy) => {
        signal.removeEventListener('abort', stop)
        const ending = killedBy ?? (code === 0 ? undefined : `exit code ${code}`)
        if (hasBegun) return resolve(code === couldNotGoOn ? undefined : ending)
        reject(
          new NeonHubError('queue.not_begun', `The process ended by ${ending ?? 'itself'} before it began`, {
            kind: 'internal',
          }),
        )
      })
      signal.addEventListener('abort', stop)
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
 * In a process that `forkApart` started: does the one job that it was started for, and ends the process, whatever the job
 * has left behind in it. It stops where its parent says so, or is gone.
 */
export async function workApart(open: (workerId: WorkerId) => Promise<ApartWorker>): Promise<never> {
  const { promise: ordered, resolve } = Promise.withResolvers<Order | undefined>()
  process.once('message', (order) => resolve(order as Order))
  process.once('disconnect', () => resolve(undefined))
  // A terminal tells both of Ctrl+C, and the parent decides what it means.
  process.on('SIGINT', () => {})
  try {
    const order = await ordered
    if (order) await workOrder(order, open)
    return process.exit(0)
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`)
    return process.exit(couldNotGoOn)
  }
}

async function workOrder({ job, workerId }: Order, open: (workerId: WorkerId) => Promise<ApartWorker>): Promise<void> {
  const { queue, handler, close } = await open(workerId)
  const endSoon = () => setTimeout(() => process.exit(couldNotGoOn), longestStopMs).unref()
  const stop = () => {
    endSoon()
    void queue.stop()
  }
  process.once('SIGTERM', stop)
  process.once('disconnect', stop)
  if (process.connected) {
    // Out before the job can make this process stand still.
    await new Promise((sent) => process.send?.(begun, sent))
  } else stop()
  await queue.workOne(job, handler)
  endSoon()
  await close()
}
