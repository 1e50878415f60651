/** An engine of durable steps, opened on an empty database, with a workflow of empty steps. */
export interface Peer {
  /** Takes `runs` runs of `steps` empty steps each, at most `concurrency` at once, from the request to the end of each. */
  readonly takeSteps: (work: Work) => Promise<void>
}

export interface Work {
  readonly runs: number
  readonly steps: number
}

export interface PeerOptions {
  readonly url: string
  readonly concurrency: number
  readonly poolSize: number
}

/** Has `count` pieces of work done, at most `concurrency` at once. */
export async function inLanes(
  { count, concurrency }: { readonly count: number; readonly concurrency: number },
  work: (place: number) => Promise<unknown>,
): Promise<void> {
  let next = 0
  const lane = async () => {
    while (next < count) {
      next += 1
      await work(next)
    }
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, count) }, lane))
}
