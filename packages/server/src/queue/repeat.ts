import { setTimeout as sleep } from 'node:timers/promises'

/** So that what is due at once, again and again, does not keep a process busy. */
const shortestMs = 200

/**
 * Runs `work` again and again, `intervalMs` after it was over, a tenth more or less; sooner where it resolves to the
 * milliseconds in which something is due. Real time, not the clock's that is handed in: a test that stops the clock must not
 * stop a heartbeat. Returns what ends it, after a pass that is running.
 */
export function repeat(
  work: () => Promise<number | undefined | void>,
  {
    intervalMs,
    onError,
    atOnce = false,
  }: {
    readonly intervalMs: number
    readonly onError: (error: unknown) => void
    /** Whether the first pass does not wait. */
    readonly atOnce?: boolean
  },
): () => Promise<void> {
  const stopping = new AbortController()
  const wait = (dueMs = Number.POSITIVE_INFINITY) => {
    const waitMs = Math.min(
      intervalMs * (0.9 + Math.random() * 0.2),
      Math.max(shortestMs, dueMs * (1 + Math.random() * 0.05)),
    )
    return sleep(waitMs, undefined, { signal: stopping.signal }).catch((error: unknown) => {
      if (!stopping.signal.aborted) throw error
    })
  }
  const loop = async () => {
    let dueMs = atOnce ? await work().catch(onError) : undefined
    for (;;) {
      await wait(dueMs ?? undefined)
      if (stopping.signal.aborted) return
      dueMs = await work().catch(onError)
    }
  }
  const ended = loop()
  return async () => {
    stopping.abort()
    await ended
  }
}
