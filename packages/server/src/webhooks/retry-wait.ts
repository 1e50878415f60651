const seconds = 1_000
const minutes = 60 * seconds
const hours = 60 * minutes

/** After the first attempt, the second, …: 23.6 hours in all. */
const waitsMs = [5 * seconds, minutes, 5 * minutes, 30 * minutes, 2 * hours, 5 * hours, 8 * hours, 8 * hours]
const longestMs = 8 * hours
/** A fifth more or less, so that what failed together does not come again together. */
const jitter = 0.2

/** How often a message is sent before it counts as failed. */
export const mostAttempts = waitsMs.length + 1

/**
 * How long to wait after the attempt of this number (from 1), in milliseconds; undefined where it was the last. A
 * receiver that names a later time is heeded, within reason. `random` is in [0, 1).
 */
export function retryWaitMs(
  attempt: number,
  { retryAfterMs = 0, random }: { readonly retryAfterMs?: number | undefined; readonly random: number },
): number | undefined {
  const waitMs = waitsMs[attempt - 1]
  if (waitMs === undefined) return undefined
  return Math.max(waitMs * (1 - jitter + 2 * jitter * random), Math.min(retryAfterMs, longestMs))
}
