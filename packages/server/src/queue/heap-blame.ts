import { AsyncLocalStorage, createHook } from 'node:async_hooks'
import { getHeapStatistics } from 'node:v8'

const currentRun = new AsyncLocalStorage<string>()

/** Does the work of a root run, so that what it takes of the heap can be told from what others take. */
export const workAs = <Result>(rootRunId: string, work: () => Result): Result => currentRun.run(rootRunId, work)

/** By so much the heap must have grown in a run's hands, as a multiple of any other's, for the run to be named. */
const clearly = 2
/** What is left of a count with each asking: what a run took long ago, and may have given back, says nothing of now. */
const kept = 0.93
/** Counts below this are forgotten, with the runs that they are of. */
const leastBytes = 4_096

/**
 * Counts whose work the heap grows in, from when it is made until it is stopped: each callback and each continuation of a
 * promise belongs to the run that it was asked by (`AsyncLocalStorage`). Asked five times a second, it knows of the last
 * seconds. It costs a look at the heap for each of them, some
 * microseconds, so it is for a heap that is running short alone.
 */
export class HeapBlame {
  readonly #grownBytes = new Map<string | undefined, number>()
  #heapBytes = heapBytes()
  #runId: string | undefined
  readonly #hook = createHook({ before: () => this.#look() }).enable()

  /** The root run in whose hands it grew by far the most; undefined where that is not clear. */
  find(): string | undefined {
    this.#look()
    for (const [runId, bytes] of this.#grownBytes) {
      if (bytes * kept < leastBytes) this.#grownBytes.delete(runId)
      else this.#grownBytes.set(runId, bytes * kept)
    }
    const [first, second] = [...this.#grownBytes].toSorted(([, a], [, b]) => b - a)
    return first && first[1] > clearly * (second?.[1] ?? 0) ? first[0] : undefined
  }

  stop(): void {
    this.#hook.disable()
  }

  /** What the heap grew by since the last look is the last one's. Where it shrank, V8 collected: that is nobody's. */
  #look(): void {
    const now = heapBytes()
    const grown = now - this.#heapBytes
    if (grown > 0) this.#grownBytes.set(this.#runId, (this.#grownBytes.get(this.#runId) ?? 0) + grown)
    this.#heapBytes = now
    this.#runId = currentRun.getStore()
  }
}

const heapBytes = () => getHeapStatistics().used_heap_size
