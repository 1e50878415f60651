import { NeonHubError } from '../base/errors.ts'

/** Where a call goes: to the provider, or to the connector's stand-in. */
export type ConnectorMode = 'sandbox' | 'real'

/**
 * The mode in which a connection is used. `mockConnectors` is the installation's say (`Config.mockConnectors`): `true`
 * keeps every call inside, `false` refuses what would only pretend to send, undefined lets each connection decide.
 * Throws `connectors.sandbox_refused`.
 */
export function resolveMode(connectionMode: ConnectorMode, mockConnectors: boolean | undefined): ConnectorMode {
  if (mockConnectors === true) return 'sandbox'
  if (mockConnectors === false && connectionMode === 'sandbox') {
    throw new NeonHubError('connectors.sandbox_refused', 'This installation does not use sandbox connections', {
      kind: 'conflict',
      hint: 'Reconnect the account with real credentials, or start NeonHub without USE_MOCK_CONNECTORS=false.',
    })
  }
  return connectionMode
}
