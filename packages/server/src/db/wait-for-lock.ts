import { setTimeout as sleep } from 'node:timers/promises'

const firstPauseMs = 100
const longestPauseMs = 2_000

/** What an attempt says when it could not have what it needs now. */
export const blocked = Symbol('blocked')

/**
 * Repeats `attempt` while it is blocked, with pauses that grow and are drawn at random, so that those who wait do not
 * come back together. Resolves to `blocked` once `waitMs` are over. `onWait` is called before the first pause.
 */
export async function waitForLock<Result>(
  attempt: () => Promise<Result | typeof blocked>,
  { waitMs, onWait }: { readonly waitMs: number; readonly onWait?: (() => void) | undefined },
): Promise<Result | typeof blocked> {
  const endsAt = performance.now() + waitMs
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    const result = await attempt()
    if (result !== blocked) return result
    const remainingMs = endsAt - performance.now()
    if (remainingMs <= 0) return blocked
    if (pauseMs === firstPauseMs) onWait?.()
    await sleep(Math.min(remainingMs, pauseMs * (0.5 + Math.random() / 2)))
  }
}
