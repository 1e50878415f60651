import { getHeapStatistics } from 'node:v8'
import { Worker } from 'node:worker_threads'
import { isId, type WorkerId } from '../base/ids.ts'
import { HeapBlame } from './heap-blame.ts'

/** What the thread is told of the process that it watches. */
export interface Watched {
  readonly workerId: WorkerId
  /** Undefined where the database is in this process, and nobody else can write to it. */
  readonly databaseUrl: string | undefined
  readonly logLevel: string
  /** How long the event loop may stand before the process is ended. */
  readonly stallMs: number
  readonly heapLimitBytes: number
  /** `signs` and the names of runs, shared. */
  readonly memory: SharedArrayBuffer
}

/** Places in the shared memory, as 64-bit numbers. */
export const signs = { turns: 0, heapBytes: 1, residentBytes: 2 } as const
const signBytes = Object.keys(signs).length * BigInt64Array.BYTES_PER_ELEMENT
const idBytes = 36
const nobody = ' '.repeat(idBytes)

/** Places in the shared memory behind the signs, each the id of a root run: whose turn it is, and who fills the heap. */
const names = { turn: 0, eater: 1 } as const

/** The process has one event loop, and so one such memory. */
const memory = new SharedArrayBuffer(signBytes + Object.keys(names).length * idBytes)
const shared = new BigInt64Array(memory, 0, Object.keys(signs).length)
const placeOf = (name: keyof typeof names, of: SharedArrayBuffer) =>
  Buffer.from(of, signBytes + names[name] * idBytes, idBytes)
const turn = placeOf('turn', memory)
const eater = placeOf('eater', memory)

/** Says that the handler of this root run goes on now. Where the event loop stands, it is the run that is asked first. */
export function noteTurn(rootRunId: string): void {
  turn.write(rootRunId, 'latin1')
}

/** A run that is named in the memory, in the thread's view of it; undefined where none is. */
export function readName(name: keyof typeof names, of: SharedArrayBuffer): string | undefined {
  const id = placeOf(name, of).toString('latin1')
  return isId(id) ? id : undefined
}

const turnMs = 200
/** From this share of its heap's limit on, whoever fills it is looked for. */
const blameShare = 0.5
/** V8 counts its young generation in, and ends the process when the old one is full: three semi-spaces of up to 64 MB in Node 24. */
const youngBytes = 192 * 2 ** 20

/**
 * Watches the event loop of this process from a thread, and its memory. A loop that stands for longer than leases last does
 * not answer, renews nothing and holds its jobs' hands: the thread then ends the process with a word of why, for whoever
 * started it to start it again. What it sees coming it writes on the jobs in hand first, because a process that V8 ends for
 * want of memory tells nobody. Returns what stops it.
 */
export function startWatchdog(watched: Omit<Watched, 'memory' | 'heapLimitBytes'>): () => Promise<void> {
  const { heap_size_limit: wholeBytes } = getHeapStatistics()
  const heapLimitBytes = Math.max(wholeBytes - youngBytes, wholeBytes / 3)
  let blame: HeapBlame | undefined
  const sign = () => {
    const { heapUsed, rss } = process.memoryUsage()
    Atomics.add(shared, signs.turns, 1n)
    Atomics.store(shared, signs.heapBytes, BigInt(heapUsed))
    Atomics.store(shared, signs.residentBytes, BigInt(rss))
    if (heapUsed > heapLimitBytes * blameShare) blame ??= new HeapBlame()
    else {
      blame?.stop()
      blame = undefined
    }
    eater.write(blame?.find() ?? nobody, 'latin1')
  }
  sign()
  const timer = setInterval(sign, turnMs)
  timer.unref()
  const workerData: Watched = { ...watched, memory, heapLimitBytes }
  const thread = new Worker(new URL('./watchdog-thread.ts', import.meta.url), { workerData })
  thread.unref()
  return async () => {
    clearInterval(timer)
    blame?.stop()
    await thread.terminate()
  }
}
