import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { execPath } from 'node:process'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Random } from '../random.ts'
import type { Told } from './start-recorder.ts'

/** A run that was in the hands of a worker when that was killed or stopped. */
export interface Interruption {
  readonly runId: string
  readonly fence: number
  /** By this process's `performance.now()`, as is `recoveredAt`. */
  readonly at: number
  /** When another attempt of the run began. */
  recoveredAt: number | undefined
  /** The run has taken so many workers down that a person had to resume it: nothing takes it on by itself. */
  isParked: boolean
}

/** Worker processes that are killed and stopped, and each of which is replaced. */
export class Crew {
  readonly interruptions: Interruption[] = []
  kills = 0
  stops = 0
  readonly #live = new Set<ChildProcess>()
  readonly #stopped = new Set<Promise<void>>()
  readonly #starting = new Set<Promise<void>>()
  readonly #holders = new Map<string, { readonly fence: number; readonly process: number | undefined }>()
  readonly #start: () => ChildProcess
  readonly #random: Random
  readonly #isRunning: (runId: string, fence: number) => Promise<boolean>
  #isOver = false

  constructor({
    parameters,
    random,
    isRunning,
  }: {
    readonly parameters: readonly string[]
    readonly random: Random
    /** Whether a run is still under way with this fence. */
    readonly isRunning: (runId: string, fence: number) => Promise<boolean>
  }) {
    const file = fileURLToPath(new URL('worker-child.ts', import.meta.url))
    this.#start = () => spawn(execPath, [file, ...parameters], { stdio: ['ignore', 'pipe', 'inherit'] })
    this.#random = random
    this.#isRunning = isRunning
  }

  /** Hears from handlers which runs are in whose hands. */
  hear({ what, runId, fence, process }: Told): void {
    if (what !== 'began' || fence <= (this.#holders.get(runId)?.fence ?? 0)) return
    this.#holders.set(runId, { fence, process })
    const now = performance.now()
    for (const interruption of this.interruptions) {
      if (interruption.runId === runId && interruption.fence < fence) interruption.recoveredAt ??= now
    }
  }

  /** A run was found parked: what interrupted it last waits for a person. */
  park(runId: string): void {
    for (const interruption of this.interruptions) {
      if (interruption.runId === runId && interruption.recoveredAt === undefined) interruption.isParked = true
    }
  }

  /** Starts one more worker; resolves once it works. */
  async hire(): Promise<void> {
    const worker = this.#start()
    await Promise.race([
      once(worker.stdout ?? worker, 'data'),
      once(worker, 'exit').then(() => {
        throw new Error('A worker ended before it was ready')
      }),
    ])
    if (this.#isOver) worker.kill('SIGKILL')
    else this.#live.add(worker)
  }

  /** Kills a worker that has runs in hand, and starts another. */
  async killOne(): Promise<void> {
    const worker = await this.#pick()
    this.#live.delete(worker)
    const at = performance.now()
    worker.kill('SIGKILL')
    this.kills += 1
    await this.#note(worker, at)
    const hired = this.hire().finally(() => this.#starting.delete(hired))
    hired.catch(() => undefined)
    this.#starting.add(hired)
  }

  /** Stops a worker that has runs in hand for so long, and lets it go on; at most `most` are stopped at once. */
  async stopOne(durationMs: number, most: number): Promise<void> {
    while (this.#stopped.size >= most) await Promise.race(this.#stopped)
    const worker = await this.#pick()
    this.#live.delete(worker)
    const at = performance.now()
    worker.kill('SIGSTOP')
    this.stops += 1
    const going = this.#goOn(worker, durationMs).finally(() => this.#stopped.delete(going))
    this.#stopped.add(going)
    await this.#note(worker, at)
  }

  /** Until every stopped worker goes on and every new one works. */
  async gather(): Promise<void> {
    await Promise.all([...this.#stopped, ...this.#starting])
  }

  async end(): Promise<void> {
    this.#isOver = true
    await Promise.allSettled([...this.#stopped, ...this.#starting])
    await Promise.all(
      [...this.#live].map(async (worker) => {
        // One that is gone says so no second time.
        this.#live.delete(worker)
        const ended = once(worker, 'exit')
        worker.kill('SIGKILL')
        await ended
      }),
    )
  }

  async #goOn(worker: ChildProcess, afterMs: number): Promise<void> {
    await wait(afterMs)
    worker.kill('SIGCONT')
    this.#live.add(worker)
  }

  async #pick(): Promise<ChildProcess> {
    for (;;) {
      const holders = new Set([...this.#holders.values()].map(({ process }) => process))
      const [first, ...others] = [...this.#live].filter(({ pid }) => holders.has(pid))
      // One stays to do the work.
      if (first && this.#live.size > 1) return this.#random.pick([first, ...others])
      await wait(20)
    }
  }

  async #note({ pid }: ChildProcess, at: number): Promise<void> {
    for (const [runId, { fence, process }] of this.#holders) {
      if (process !== pid) continue
      this.#holders.set(runId, { fence, process: undefined })
      if (await this.#isRunning(runId, fence))
        this.interruptions.push({ runId, fence, at, recoveredAt: undefined, isParked: false })
    }
  }
}
