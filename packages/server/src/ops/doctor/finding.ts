/** What `doctor` found: `error` is lost data or a broken wall, `warning` will hurt later, `notice` is good to know. */
export interface Finding {
  readonly severity: 'error' | 'warning' | 'notice'
  /** Stays the same from one version to the next, for alerts. */
  readonly code: string
  /** What is wrong, as a sentence. */
  readonly what: string
  /** The table, role, setting or session. */
  readonly where: string
  /** What to do about it. */
  readonly remedy: string
}
