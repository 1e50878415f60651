/** How often a job may take its worker down with it before it is parked, where nothing tells it apart sooner. */
export const maxAttempts = 5
