import { getHeapStatistics } from 'node:v8'
import { Worker } from 'node:worker_threads'
import { isId, type WorkerId } from '../base/ids.ts'

/** What the thread is told of the process that it watches. */
export interface Watched {
  readonly workerId: WorkerId
  /** Undefined where the database is in this process, and nobody else can write to it. */
  readonly databaseUrl: string | undefined
  readonly logLevel: string
  /** How long the event loop may stand before the process is ended. */
  readonly stallMs: number
  readonly heapLimitBytes: number
  /** `signs` and the turn, shared. */
  readonly memory: SharedArrayBuffer
}

/** Places in the shared memory, as 64-bit numbers. */
export const signs = { turns: 0, heapBytes: 1, residentBytes: 2 } as const
const signBytes = Object.keys(signs).length * BigInt64Array.BYTES_PER_ELEMENT
const idBytes = 36

/** The process has one event loop, and so one such memory: the signs, and behind them the id of the run whose turn it is. */
const memory = new SharedArrayBuffer(signBytes + idBytes)
const shared = new BigInt64Array(memory, 0, Object.keys(signs).length)
const turn = Buffer.from(memory, signBytes)

/** Says that the handler of this root run goes on now. Where the event loop stands, it is the run that is asked first. */
export function noteTurn(rootRunId: string): void {
  turn.write(rootRunId, 'latin1')
}

/** Whose turn it is, in the thread's view of the memory; undefined where no run has had one. */
export function readTurn(of: SharedArrayBuffer): string | undefined {
  const id = Buffer.from(of, signBytes, idBytes).toString('latin1')
  return isId(id) ? id : undefined
}

const turnMs = 200
/** V8 counts its young generation in, and ends the process when the old one is full: three semi-spaces of up to 64 MB in Node 24. */
const youngBytes = 192 * 2 ** 20

/**
 * Watches the event loop of this process from a thread, and its memory. A loop that stands for longer than leases last does
 * not answer, renews nothing and holds its jobs' hands: the thread then ends the process with a word of why, for whoever
 * started it to start it again. What it sees coming it writes on the jobs in hand first, because a process that V8 ends for
 * want of memory tells nobody. Returns what stops it.
 */
export function startWatchdog(watched: Omit<Watched, 'memory' | 'heapLimitBytes'>): () => Promise<void> {
  const sign = () => {
    Atomics.add(shared, signs.turns, 1n)
    Atomics.store(shared, signs.heapBytes, BigInt(process.memoryUsage().heapUsed))
    Atomics.store(shared, signs.residentBytes, BigInt(process.memoryUsage.rss()))
  }
  sign()
  const timer = setInterval(sign, turnMs)
  timer.unref()
  const { heap_size_limit: wholeBytes } = getHeapStatistics()
  const heapLimitBytes = Math.max(wholeBytes - youngBytes, wholeBytes / 3)
  const workerData: Watched = { ...watched, memory, heapLimitBytes }
  const thread = new Worker(new URL('./watchdog-thread.ts', import.meta.url), { workerData })
  thread.unref()
  return async () => {
    clearInterval(timer)
    await thread.terminate()
  }
}
