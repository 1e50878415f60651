import type { OrganizationId, WorkerId } from '../base/ids.ts'
import type { Database } from '../db/index.ts'
import type { QueueName } from './spec.ts'
import { type RoomFor, type TakenJob, takeJobs } from './sql/take-jobs.ts'

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
  readonly abandonedMs: number
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
  #isAsking = false
  #isAlone = false
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

  letGo({ organizationId, isAlone }: TakenJob): void {
    const held = (this.#held.get(organizationId) ?? 1) - 1
    if (held > 0) this.#held.set(organizationId, held)
    else this.#held.delete(organizationId)
    this.#busy -= 1
    if (isAlone) this.#isAlone = false
    this.#ask()
  }

  /** Gives out nothing more. */
  close(): void {
    this.#isClosed = true
    for (const { resolve } of this.#waiting.splice(0)) resolve(undefined)
  }

  #ask(): void {
    if (this.#isAsking || this.#isAlone || (this.#roomFor && this.#busy > 0)) return
    if (this.#waiting.length === 0) return
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

  async #answer(asking: readonly Hand[]): Promise<void> {
    if (asking.length === 0) return
    const { database, hands, ...parts } = this.#parts
    try {
      const answer = await takeJobs(database, {
        ...parts,
        count: asking.length,
        after: this.#last,
        held: this.#held,
        free: hands - this.#busy,
        roomFor: this.#roomFor,
      })
      this.#last = answer.last
      this.#roomFor = answer.roomFor
      this.#hasMore = answer.more
      for (const job of answer.taken) {
        this.#held.set(job.organizationId, (this.#held.get(job.organizationId) ?? 0) + 1)
        this.#busy += 1
        if (job.isAlone) this.#isAlone = true
      }
      asking.forEach((hand, index) => {
        const job = answer.taken[index]
        // What is to be done alone is done by the first hand that is left once the others are.
        if (job === undefined && (answer.roomFor || this.#isAlone) && !this.#isClosed) this.#waiting.push(hand)
        else hand.resolve(job)
      })
    } catch (error) {
      for (const { reject } of asking) reject(error)
    }
  }
}
