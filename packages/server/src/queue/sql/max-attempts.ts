/** How often a job may take its worker down with it before it is parked. */
export const maxAttempts = 5
/**
 * Likewise of a run some of whose workers left a word of why they went down. What leaves none may have been killed from
 * outside, and goes by `maxAttempts`. The last two times it is done alone.
 */
export const maxTracedAttempts = 4
