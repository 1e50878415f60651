/** How often a job may take its worker down with it before it is parked. */
export const maxAttempts = 5
/** Likewise of a run, which is done alone the last two times: nothing else can have been the cause. */
export const maxRunAttempts = 4
