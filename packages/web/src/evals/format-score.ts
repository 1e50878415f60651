/** A score or a share, from 0 to 1, in two places; a dash where there is none. */
export const formatScore = (score: number | undefined): string => (score === undefined ? '–' : score.toFixed(2))

/** A difference of scores with its sign. */
export const formatDelta = (delta: number): string => `${delta < 0 ? '−' : '+'}${Math.abs(delta).toFixed(2)}`
