import type { FullPlace } from './sql/limits.ts'

/** For which place a queued run waits; undefined where it waits for a worker alone. */
export function placeWaitOf(
  run: { readonly agent: string; readonly brand: string | null },
  full: readonly FullPlace[],
): string | undefined {
  const found = full.find(
    ({ scope, agent, brand }) =>
      scope === 'organization' ||
      (scope === 'agent' && agent === run.agent) ||
      (scope === 'brand' && brand !== undefined && brand === run.brand),
  )
  if (!found) return undefined
  const { scope, agent, brand, used, atOnce } = found
  const subject = scope === 'organization' ? 'organization' : `${scope} ${agent ?? brand ?? ''}`
  return `waits for a free place: ${subject}, ${used} of ${atOnce}`
}
