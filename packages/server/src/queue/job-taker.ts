import type { OrganizationId, WorkerId } from '../base/ids.ts'
import type { Database } from '../db/index.ts'
import type { ApartJobs } from './apart-jobs.ts'
import type { QueueName } from './spec.ts'
import { type RoomFor, type TakenJob, takeJobs } from './sql/take-jobs.ts'
import type { QueueTiming } from './timing.ts'

interface Hand {
  readonly resolve: (job: TakenJob | undefined) => void
  readonly reject: (error: unknown) => void
}

interface TakerParts {
  readonly database: Database
  readonly queue: QueueName
  readonly workerId: WorkerId
  /** How many jobs are done at once, and how many of them may be one organization's. */
  readonly hands: number
  readonly mostHeld: number
  readonly timing: Pick<QueueTiming, 'abandonedMs' | 'roomMs' | 'aloneMs'>
  /** Has what is to be done alone done elsewhere; undefined where this process does it. */
  readonly apart: ApartJobs | undefined
}

/**
 * Gives this process's hands their jobs. The queue only says that there is something to do; what, the database says when
 * a hand is free: the organizations in turns, each one's jobs by priority. Whose turn is next is remembered here, because
 * a row that each start of a job writes would be one for which all of them wait. Hands that ask at one moment are
 * answered by one statement.
 */
export class JobTaker {
  readonly #parts: TakerParts
  readonly #held = new Map<OrganizationId, number>()
  #waiting: Hand[] = []
  #busy = 0
  #last: OrganizationId | undefined
  #roomFor: RoomFor | undefined
  /** Holds whoever asks until the time for making room, or for being alone, is over. */
  #pause: NodeJS.Timeout | undefined
  #alone: TakenJob | undefined
  #isAsking = false
  #isClosed = false
  #hasMore = false

  constructor(parts: TakerParts) {
    this.#parts = parts
  }

  /** Whether others waited when a hand was last given something. */
  get hasMore(): boolean {
    return this.#hasMore && !this.#isClosed
  }

  /** Whether a hand more could do something. */
  get hasFreeHand(): boolean {
    return !this.#isClosed && this.#parts.hands > this.#busy + this.#waiting.length
  }

  /** The next job for a hand that is free; undefined where there is none for it. Give it back with `letGo`. */
  take(): Promise<TakenJob | undefined> {
    if (this.#isClosed) return Promise.resolve(undefined)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#ask()
    })
  }

  letGo(job: TakenJob): void {
    const { organizationId } = job
    const held = (this.#held.get(organizationId) ?? 1) - 1
    if (held > 0) this.#held.set(organizationId, held)
    else this.#held.delete(organizationId)
    this.#busy -= 1
    if (job === this.#alone || (this.#roomFor && this.#busy === 0)) this.#goOn()
    else this.#ask()
  }

  /** Gives out nothing more. */
  close(): void {
    this.#isClosed = true
    clearTimeout(this.#pause)
    for (const { resolve } of this.#waiting.splice(0)) resolve(undefined)
  }

  #ask(): void {
    if (this.#isAsking || this.#pause || this.#waiting.length === 0) return
    this.#isAsking = true
    // Hands that come free in the same turn of the event loop ask together.
    setImmediate(() => {
      const asking = this.#waiting
      this.#waiting = []
      void this.#answer(asking).finally(() => {
        this.#isAsking = false
        this.#ask()
      })
    })
  }

  #pauseFor(timeMs: number): void {
    clearTimeout(this.#pause)
    this.#pause = setTimeout(() => this.#goOn(), timeMs).unref()
  }

  #goOn(): void {
    clearTimeout(this.#pause)
    this.#pause = undefined
    this.#alone = undefined
    this.#ask()
  }

  async #answer(asking: readonly Hand[]): Promise<void> {
    if (asking.length === 0) return
    const { database, hands, timing, apart, ...parts } = this.#parts
    const { abandonedMs, roomMs, aloneMs } = timing
    const lone = apart?.next() ?? 'here'
    const loneWorkerId = lone === 'nobody' || lone === 'here' ? undefined : lone
    try {
      const answer = await takeJobs(database, {
        ...parts,
        abandonedMs,
        roomMs,
        count: asking.length,
        after: this.#last,
        held: this.#held,
        free: hands - this.#busy,
        roomFor: this.#roomFor,
        loneWorkerId,
        takesLone: lone !== 'nobody',
      })
      if (answer.apart && loneWorkerId) apart?.begin(answer.apart, loneWorkerId)
      this.#last = answer.last
      this.#roomFor = answer.roomFor
      this.#hasMore = answer.more
      for (const job of answer.taken) {
        this.#held.set(job.organizationId, (this.#held.get(job.organizationId) ?? 0) + 1)
        this.#busy += 1
        if (!job.isAlone) continue
        this.#alone = job
        this.#pauseFor(aloneMs)
      }
      // Not for ever: a long run would keep all of the process's other hands idle.
      if (this.#roomFor && this.#busy > 0) this.#pauseFor(roomMs)
      asking.forEach((hand, index) => {
        const job = answer.taken[index]
        // What is to be done alone is done by the first hand that is left once the others are.
        if (job === undefined && (answer.roomFor || this.#pause) && !this.#isClosed) this.#waiting.push(hand)
        else hand.resolve(job)
      })
    } catch (error) {
      for (const { reject } of asking) reject(error)
    }
  }
}
