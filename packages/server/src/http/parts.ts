import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import type { Database } from '../db/index.ts'
import type { Identity } from '../identity/index.ts'
import type { RateLimits } from './rate-limits.ts'
import type { HttpServices } from './services.ts'

/** What the HTTP room is made of. */
export interface HttpParts {
  readonly database: Database
  readonly identity: Identity
  readonly services: HttpServices
  readonly limits: RateLimits
  readonly metrics: Metrics
  readonly logger: Logger
  readonly clock: Clock
  /** How much the files of an organization's brands may come to, in bytes. Default 1 GiB. */
  readonly assetLimitBytes?: number
  /** Checks the signatures of unsubscribe links. */
  readonly masterKey: Uint8Array
  /** Where browsers reach this server: `https://hub.example.com`, without a path. */
  readonly publicUrl: string
  /** Further origins whose pages may send requests with a session's cookie. */
  readonly trustedOrigins: readonly string[]
  /** The built web page; undefined, or without an index.html, where there is none. */
  readonly webFolder: string | undefined
  /** Whether answers are checked against the contract before they leave: in tests and development. */
  readonly checksAnswers: boolean
  /** Milliseconds between two looks at a run's journal by its event stream. Default 400. */
  readonly eventPollMs?: number
  /** Milliseconds between two comments that keep a silent stream open. Default 15,000. */
  readonly heartbeatMs?: number
}
