/** How patient the queue is, in milliseconds. Tests are less so. */
export interface QueueTiming {
  /** How often a worker says that its jobs are alive. */
  readonly heartbeatMs: number
  /** After how long a silence a job goes to another worker: three heartbeats, by the database's clock. */
  readonly abandonedMs: number
  /** How long a job that is due may stay unstarted before the reconciler asks after it. */
  readonly patienceMs: number
  /** How often a worker reconciles; each time a tenth more or less, so that a fleet does not march in step. */
  readonly reconcileMs: number
  /** How long jobs have to finish when the worker stops. */
  readonly graceMs: number
  /** How long they have to give up after that. */
  readonly abortMs: number
  /** How long a process may take to end what it does for a job that is to be done alone; then what is left stays beside it. */
  readonly roomMs: number
  /** How long nothing else begins beside such a job: it skips what it had finished, and so soon comes to what took workers down. */
  readonly aloneMs: number
  /** How long a call to the backend may take before it counts as down. */
  readonly backendTimeoutMs: number
}

export const defaultTiming: QueueTiming = {
  heartbeatMs: 3_000,
  abandonedMs: 9_000,
  patienceMs: 2_000,
  reconcileMs: 5_000,
  graceMs: 10_000,
  abortMs: 2_000,
  roomMs: 30_000,
  aloneMs: 30_000,
  backendTimeoutMs: 2_000,
}
