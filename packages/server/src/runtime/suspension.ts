/** Why an attempt stopped before its handler had returned. */
export type SuspendReason = 'approval' | 'unknown_effect' | 'child' | 'send_time' | 'budget' | 'time' | 'event'

/** Waits that end without a person, and so are told only where nothing wants one. */
const patient: ReadonlySet<SuspendReason> = new Set(['send_time', 'budget', 'time', 'event'])

/** How an attempt ended. */
export type AttemptOutcome =
  | { readonly kind: 'returned'; readonly output: unknown }
  | { readonly kind: 'threw'; readonly error: unknown }
  | { readonly kind: 'suspended'; readonly reason: SuspendReason }
  /** Another worker holds the run, or this process is going down: nothing may be written. */
  | { readonly kind: 'lost' }
  | { readonly kind: 'cancelled' }
  /** The journal and the code disagree; a person must look. */
  | { readonly kind: 'broken'; readonly error: unknown }
  /** The database could not be written; what stands there decides how the next attempt goes on. */
  | { readonly kind: 'interrupted'; readonly error: unknown }

type HandlerOutcome = Extract<AttemptOutcome, { kind: 'returned' | 'threw' }>
type StopOutcome = Extract<AttemptOutcome, { kind: 'cancelled' | 'broken' | 'interrupted' }>

/** The reason that an attempt's signal carries where a person cancelled the run. */
export const cancelReason = new DOMException('The run was cancelled', 'AbortError')

/** How long an attempt that is cancelled, or whose time is over, waits for calls in flight, so that their outcomes come on record. */
const cancelGraceMs = 2_000

/**
 * Watches one attempt of a run's handler. An operation that must wait for a person returns a promise that never
 * settles; once no operation is in flight and at least one waits, the attempt is over and its memory is given back.
 * A handler cannot swallow a wait, as it could an exception, and independent calls all come to their wait at once.
 * Nor can it leave a call behind: an attempt ends when what it started is on record.
 */
export class AttemptWatch {
  readonly #outcome = Promise.withResolvers<AttemptOutcome>()
  readonly #controller = new AbortController()
  #active = 0
  #waiting: SuspendReason | undefined
  #handlerOutcome: HandlerOutcome | undefined
  /** Set where the attempt must stop whatever the handler makes of it. */
  #stopOutcome: StopOutcome | undefined
  #isOver = false
  readonly #onTurn: () => void

  /** `onTurn` is called whenever the handler is about to go on. */
  constructor(onTurn: () => void) {
    this.#onTurn = onTurn
  }

  /** Fires when the attempt must stop what it has in flight. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Runs the handler and resolves once the attempt is over, in whichever way. */
  run(handler: () => Promise<unknown>): Promise<AttemptOutcome> {
    const settle = (outcome: HandlerOutcome) => {
      this.#handlerOutcome = outcome
      this.#endOnceIdle()
    }
    this.#onTurn()
    handler().then(
      (output) => settle({ kind: 'returned', output }),
      (error: unknown) => settle({ kind: 'threw', error }),
    )
    return this.#outcome.promise
  }

  /** One operation of the handler. Once the attempt stops it neither starts nor settles. */
  async track<Result>(operation: () => Promise<Result>): Promise<Result> {
    if (this.#stops()) return forever()
    this.#active += 1
    this.#onTurn()
    let settle: () => Result
    try {
      const result = await operation()
      settle = () => result
    } catch (error) {
      settle = () => {
        throw error
      }
    }
    this.#active -= 1
    this.#endOnceIdle()
    if (this.#stops()) return forever()
    this.#onTurn()
    return settle()
  }

  /** The operation waits for a person: its promise never settles. Called inside `track`. */
  wait(reason: SuspendReason): Promise<never> {
    // An unknown effect wants a person more urgently than an approval does, and a call's time comes without one.
    const isUrgent = reason === 'unknown_effect' || this.#waiting === undefined || patient.has(this.#waiting)
    if (isUrgent) this.#waiting = reason
    return this.#abandon()
  }

  /** The operation ends the attempt, once those beside it are on record: its promise never settles. Inside `track`. */
  stop(outcome: StopOutcome): Promise<never> {
    this.#stopOutcome ??= outcome
    return this.#abandon()
  }

  /** A person cancelled: what is in flight is told, and has a moment to come on record. */
  cancel(): void {
    this.#stopOutcome ??= { kind: 'cancelled' }
    this.#controller.abort(cancelReason)
    setTimeout(() => this.#end({ kind: 'cancelled' }), cancelGraceMs).unref()
    this.#endOnceIdle()
  }

  /** Its time is over: what is in flight is told, and has a moment to come on record; what never settles is left. */
  expire(error: unknown): void {
    this.#stopOutcome ??= { kind: 'broken', error }
    this.#controller.abort(new DOMException('The time of the attempt is over', 'AbortError'))
    setTimeout(() => this.#end({ kind: 'broken', error }), cancelGraceMs).unref()
    this.#endOnceIdle()
  }

  /** The lease is gone: the attempt is over at once. */
  lose(): Promise<never> {
    this.#end({ kind: 'lost' })
    return forever()
  }

  #abandon(): Promise<never> {
    this.#active -= 1
    this.#endOnceIdle()
    return forever()
  }

  /** A handler that threw starts nothing more either: what it left running side by side would act on. */
  #stops(): boolean {
    return this.#isOver || this.#stopOutcome !== undefined || this.#handlerOutcome?.kind === 'threw'
  }

  #end(outcome: AttemptOutcome): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#outcome.resolve(outcome)
    this.#controller.abort(new DOMException('The attempt is over', 'AbortError'))
  }

  #findOutcome(): AttemptOutcome | undefined {
    if (this.#stopOutcome) return this.#stopOutcome
    if (this.#handlerOutcome?.kind === 'threw') return this.#handlerOutcome
    // A handler that returned beside a call that waits has not seen to that call's end.
    if (this.#waiting !== undefined) return { kind: 'suspended', reason: this.#waiting }
    return this.#handlerOutcome
  }

  /** Two turns of the loop: the handler goes on from a finished operation in microtasks, and may start the next. */
  #endOnceIdle(): void {
    if (this.#active > 0 || this.#isOver || !this.#findOutcome()) return
    setImmediate(() =>
      setImmediate(() => {
        const outcome = this.#findOutcome()
        if (this.#active === 0 && outcome) this.#end(outcome)
      }),
    )
  }
}

function forever(): Promise<never> {
  return new Promise(() => {})
}
