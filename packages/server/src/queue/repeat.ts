import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Runs `work` again and again, `intervalMs` after it was over, a tenth more or less. Real time, not the clock's that is
 * handed in: a test that stops the clock must not stop a heartbeat. Returns what ends it, after a pass that is running.
 */
export function repeat(
  work: () => Promise<void>,
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
  const wait = () =>
    sleep(intervalMs * (0.9 + Math.random() * 0.2), undefined, { signal: stopping.signal }).catch((error: unknown) => {
      if (!stopping.signal.aborted) throw error
    })
  const loop = async () => {
    if (atOnce) await work().catch(onError)
    for (await wait(); !stopping.signal.aborted; await wait()) await work().catch(onError)
  }
  const ended = loop()
  return async () => {
    stopping.abort()
    await ended
  }
}
