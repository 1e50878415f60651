/** How often a job may take its worker down with it before it is parked. */
export const maxAttempts = 5
