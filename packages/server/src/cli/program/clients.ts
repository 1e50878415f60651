import type { ApiClient } from '../client.ts'
import type { Terminal } from '../terminal.ts'

/** What a command does with the API. `false` is a bad end that was shown already. */
export type ClientWork = (client: ApiClient, terminal: Terminal) => Promise<boolean | void>

/** How commands reach the API. */
export interface Clients {
  /** Runs a command with the API open, and closes it whatever happens. */
  readonly withClient: (work: ClientWork) => Promise<void>
  /** Likewise for a command that waits for runs: without a server they are worked in this process meanwhile. */
  readonly withWorker: (work: ClientWork) => Promise<void>
}
