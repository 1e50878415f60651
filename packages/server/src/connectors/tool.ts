import type { ResolveHost } from '../base/address-guard.ts'
import type { Clock } from '../base/clock.ts'
import type { ConnectorMode } from './resolve-mode.ts'
import type { Action, Connector, SandboxStore } from './spec.ts'

/** An action by the name under which an agent may call it: `email.send`. */
export interface Tool {
  readonly name: string
  readonly connector: Connector
  readonly action: Action
}

/** One call of a tool, as the ledger hands it in. Settings, credentials and input are parsed before anything is done. */
export interface ToolCall {
  readonly mode: ConnectorMode
  readonly settings: unknown
  /** Not looked at in the sandbox. */
  readonly credentials: unknown
  readonly input: unknown
  readonly idempotencyKey: string
  readonly signal: AbortSignal
  readonly fetch: typeof fetch
  readonly resolveHost: ResolveHost
  readonly clock: Clock
  /** Used in the sandbox alone. */
  readonly store: SandboxStore
}
