import type { ConnectionId, OrganizationId } from '../base/ids.ts'
import { NeonHubError } from '../base/errors.ts'
import { type ConnectorMode, resolveMode } from '../connectors/index.ts'
import type { RuntimeContext } from './attempt.ts'
import { type ActionConfig, downToNone } from './actions/sql/action-configs.ts'
import { freshCredentials } from './oauth/fresh-credentials.ts'
import type { PolicyVersion } from './settings/policy-rules.ts'
import { findConnectionFor } from './sql/connections.ts'

/** A connection with its credentials opened: for one call, or for those of an attempt while `isLasting`. */
export interface OpenConnection {
  /** Undefined for the sandbox of a connector that the organization has not connected. */
  readonly id: ConnectionId | undefined
  readonly mode: ConnectorMode
  readonly settings: unknown
  readonly credentials: unknown
  /** Whose account it is, where a person consented at the provider. */
  readonly account: string | undefined
  /** What is fixed of the action that is called, newest first. */
  readonly configs: readonly [ActionConfig, ...ActionConfig[]]
  /** What the organization leaves of the agent's policy, not held; undefined where the code's alone counts. */
  readonly policy: PolicyVersion | undefined
  /** Whether something is set about how often it is called, not held. */
  readonly hasLimits: boolean
  /** Another one after each change of the connection. */
  readonly stamp: string
  /** Whether its credentials are good for as long as the connection is not changed. */
  readonly isLasting: boolean
}

/**
 * Opens an organization's connection by its name for a call of an agent; an access token that is close to its end is
 * refreshed first. Throws as `freshCredentials` does, and `runtime.connection_missing`, `runtime.connection_mismatch`,
 * `runtime.connection_disabled`, `connectors.sandbox_refused`.
 */
export async function openConnection(
  runtime: RuntimeContext,
  organizationId: OrganizationId,
  {
    connector,
    name,
    ...by
  }: { readonly connector: string; readonly name: string; readonly action: string; readonly agent: string },
): Promise<OpenConnection> {
  const { database, mockConnectors } = runtime
  const connection = await findConnectionFor(database, organizationId, { name, ...by })
  if (!connection) throw missing(connector, name)
  if (connection.connector !== connector) {
    throw new NeonHubError(
      'runtime.connection_mismatch',
      `The connection "${name}" is one of ${connection.connector}, not of ${connector}`,
      { kind: 'invalid', hint: 'Name a connection of the right connector in the input.' },
    )
  }
  if (connection.status === 'disabled') {
    throw new NeonHubError('runtime.connection_disabled', `The connection "${name}" is switched off`, {
      kind: 'conflict',
    })
  }
  const mode = resolveMode(connection.mode, mockConnectors)
  const credentials = mode === 'real' ? await freshCredentials(runtime, organizationId, connection) : {}
  const { id, settings, account, configs, policy, hasLimits, stamp, accessExpiresInMs } = connection
  return {
    id,
    mode,
    settings,
    credentials,
    account,
    configs: downToNone(configs),
    policy,
    hasLimits,
    stamp,
    isLasting: accessExpiresInMs === undefined,
  }
}

function missing(connector: string, name: string): NeonHubError {
  return new NeonHubError('runtime.connection_missing', `There is no connection named "${name}"`, {
    kind: 'invalid',
    hint: `Add one: neonhub connections add ${name} --connector ${connector}`,
  })
}
