/** For how many days an organization keeps what happened; undefined keeps it for good. */
export interface RetentionPolicy {
  /** From a run's end; also calls to models outside of runs, jobs without one, and notifications. */
  readonly runDays: number | undefined
  readonly auditDays: number | undefined
  readonly sandboxDays: number | undefined
  /** From a message's end, with its attempts; likewise events that came in. */
  readonly webhookDays: number | undefined
  /** From when a fact was measured. */
  readonly metricDays: number | undefined
}

/** How much of each kind was removed, or would be. */
export interface RetentionCounts {
  /** Runs with all below them, each with its whole journal. */
  readonly runs: number
  /** Calls to models outside of runs. */
  readonly llmCalls: number
  /** Jobs without a run. */
  readonly jobs: number
  readonly auditEntries: number
  readonly sandboxRecords: number
  /** Messages to endpoints, with their attempts. */
  readonly webhookMessages: number
  /** Events that came in, with what triggers made of them. */
  readonly webhookDeliveries: number
  /** Facts that were measured outside. */
  readonly metricEvents: number
  /** What members were told of, with what each had read. */
  readonly notifications: number
}

export const noCounts: RetentionCounts = {
  runs: 0,
  llmCalls: 0,
  jobs: 0,
  auditEntries: 0,
  sandboxRecords: 0,
  webhookMessages: 0,
  webhookDeliveries: 0,
  metricEvents: 0,
  notifications: 0,
}
export const kindsOf = Object.keys(noCounts).filter((kind): kind is keyof RetentionCounts => kind in noCounts)
