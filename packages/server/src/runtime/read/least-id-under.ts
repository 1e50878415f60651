import { birthOf, smallestIdAt } from '../../base/birth-of.ts'

/** How far the clocks of two machines may be apart that write the journal of one run. */
const clocksApartMs = 86_400_000

/**
 * The least id that anything under these runs can have: whatever belongs to a run was made after it. Named in a query, it
 * leaves the months before unread, and unplanned. Undefined where an id does not tell its time.
 */
export function leastIdUnder(runIds: readonly string[]): string | undefined {
  const births = runIds.map((id) => birthOf(id)?.getTime())
  let least = Number.POSITIVE_INFINITY
  for (const birth of births) {
    if (birth === undefined) return undefined
    least = Math.min(least, birth)
  }
  return Number.isFinite(least) ? smallestIdAt(new Date(least - clocksApartMs)) : undefined
}
