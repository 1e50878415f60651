/** Why an attempt stopped before its handler had returned. */
export type SuspendReason = 'approval' | 'unknown_effect' | 'child'

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

/**
 * Watches one attempt of a run's handler. An operation that must wait for a person returns a promise that never
 * settles; once no operation is in flight and at least one waits, the attempt is over and its memory is given back.
 * A handler cannot swallow a wait, as it could an exception, and independent calls all come to their wait at once.
 */
export class AttemptWatch {
  readonly #outcome = Promise.withResolvers<AttemptOutcome>()
  readonly #controller = new AbortController()
  #active = 0
  #waiting: SuspendReason | undefined
  #isOver = false

  /** Fires when the attempt must stop what it has in flight. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Runs the handler and resolves once the attempt is over, in whichever way. */
  run(handler: () => Promise<unknown>): Promise<AttemptOutcome> {
    handler().then(
      (output) => this.end({ kind: 'returned', output }),
      (error: unknown) => this.end({ kind: 'threw', error }),
    )
    return this.#outcome.promise
  }

  /** One operation of the handler. After the end of the attempt it neither starts nor settles. */
  async track<Result>(operation: () => Promise<Result>): Promise<Result> {
    if (this.#isOver) return forever()
    this.#active += 1
    try {
      const result = await operation()
      return this.#isOver ? await forever() : result
    } catch (error) {
      if (this.#isOver) return await forever()
      throw error
    } finally {
      this.#active -= 1
      this.#considerSuspending()
    }
  }

  /** The operation waits for a person: its promise never settles. Called inside `track`. */
  wait(reason: SuspendReason): Promise<never> {
    // An unknown effect wants a person more urgently than an approval does.
    if (this.#waiting === undefined || reason === 'unknown_effect') this.#waiting = reason
    this.#active -= 1
    this.#considerSuspending()
    return new Promise(() => {})
  }

  end(outcome: AttemptOutcome): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#outcome.resolve(outcome)
    if (outcome.kind !== 'returned') this.#controller.abort(new DOMException('The attempt is over', 'AbortError'))
  }

  /** Two turns of the loop: the handler goes on from a finished operation in microtasks, and may start the next. */
  #considerSuspending(): void {
    if (this.#waiting === undefined || this.#active > 0) return
    setImmediate(() =>
      setImmediate(() => {
        if (this.#active === 0 && this.#waiting !== undefined) this.end({ kind: 'suspended', reason: this.#waiting })
      }),
    )
  }
}

function forever(): Promise<never> {
  return new Promise(() => {})
}
