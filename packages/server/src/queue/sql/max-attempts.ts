/**
 * How often a job may take its worker down with it before it is parked, where nothing tells it apart sooner; a run that was
 * not alone the last time, twice as often.
 */
export const maxAttempts = 5
