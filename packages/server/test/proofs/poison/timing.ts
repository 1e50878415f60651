/** Shorter than the usual one, so that what fell silent is soon found. */
export const leaseMs = 4_000
