export type LimitScope = 'organization' | 'brand' | 'agent' | 'connection'

/** How much an organization lets go on at once, of its runs or of a connection's calls. */
export interface Limit {
  readonly id: string
  readonly scope: LimitScope
  /** Slug. */
  readonly brand?: string | undefined
  readonly agent?: string | undefined
  /** The connection's name. */
  readonly connection?: string | undefined
  /** Root runs in the hands of workers; of a connection, calls under way. */
  readonly atOnce?: number | undefined
  /** Calls of a connection that start within any sixty seconds. */
  readonly perMinute?: number | undefined
  /** How many go on now, or have started within the last minute. */
  readonly used: number
  /** `user:ID`, `api_key:ID` or `cli`. */
  readonly actor: string
  readonly updatedAt: Date
}

/** A limit as somebody sets it; what is left out is not limited. */
export interface LimitChange {
  readonly scope: LimitScope
  readonly brand?: string | undefined
  readonly agent?: string | undefined
  readonly connection?: string | undefined
  readonly atOnce?: number | undefined
  readonly perMinute?: number | undefined
  readonly actor: string
}
