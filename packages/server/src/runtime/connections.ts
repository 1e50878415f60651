import type { ResolveHost } from '../base/address-guard.ts'
import { type ConnectionId, newId, type OrganizationId } from '../base/ids.ts'
import { NeonHubError } from '../base/errors.ts'
import { parseOrThrow } from '../base/parse.ts'
import { seal, vaultKeyVersion } from '../base/vault.ts'
import { checkConnection as checkConnector, connectors, type ConnectorMode, resolveMode } from '../connectors/index.ts'
import type { Connector } from '../connectors/spec.ts'
import { type TenantTx, withTenant } from '../db/index.ts'
import { freshCredentials, type RefreshParts } from './oauth/fresh-credentials.ts'
import { closeBreaker } from './sql/breakers.ts'
import {
  findConnection,
  insertConnection,
  recordConnectionHealth,
  type SealedCredential,
  updateConnection,
} from './sql/connections.ts'

/** What a connection is set to. */
export interface ConnectionParts {
  readonly mode: ConnectorMode
  readonly settings: unknown
  readonly credentials: unknown
}

export interface NewConnection extends ConnectionParts {
  readonly connector: string
  /** What a brief or an agent calls it. */
  readonly name: string
}

function getConnector(id: string): Connector {
  const connector = connectors.get(id)
  if (connector) return connector
  throw new NeonHubError('runtime.connector_unknown', `There is no connector named ${id}`, {
    kind: 'invalid',
    hint: `The connectors are ${[...connectors.keys()].join(', ')}.`,
  })
}

/**
 * Adds a connection, its credentials sealed to it. A real one needs settings and credentials that fit the connector; a
 * sandbox one may leave them out. Throws `runtime.connector_unknown`, `runtime.connection_invalid`,
 * `runtime.connection_exists`.
 */
export async function addConnection(
  tx: TenantTx,
  masterKey: Uint8Array,
  { connector: connectorId, name, mode, settings, credentials }: NewConnection,
): Promise<ConnectionId> {
  assertFits(getConnector(connectorId), { mode, settings, credentials })
  const credential = sealCredentials(tx, masterKey, credentials)
  const id = await insertConnection(tx, { connector: connectorId, name, mode, settings: settings ?? {}, credential })
  if (id) return id
  throw connectionExists(name)
}

export const connectionExists = (name: string) =>
  new NeonHubError('runtime.connection_exists', `There is a connection named "${name}" already`, {
    kind: 'conflict',
    hint: 'Choose another name, or change that one: neonhub connections update ID --file FILE',
  })

/**
 * Sets a connection anew: mode, settings and credentials together, so that no half of an old account stays behind. Its
 * id and name stay, and so do the runs that wait for it. Throws `runtime.connection_not_found`,
 * `runtime.connection_invalid`.
 */
export async function replaceConnection(
  tx: TenantTx,
  masterKey: Uint8Array,
  { id, mode, settings, credentials }: ConnectionParts & { readonly id: ConnectionId },
): Promise<void> {
  const connection = await findConnection(tx, { id })
  if (!connection) throw connectionNotFound(id)
  assertFits(getConnector(connection.connector), { mode, settings, credentials })
  const credential = sealCredentials(tx, masterKey, credentials)
  const earlier = [connection.credentialId, connection.refreshCredentialId]
  await updateConnection(tx, { id, mode, settings: settings ?? {}, credential, earlier })
  // How calls of the old account went says nothing of this one.
  await closeBreaker(tx, id)
}

export const connectionNotFound = (id: ConnectionId) =>
  new NeonHubError('runtime.connection_not_found', `There is no connection ${id}`, { kind: 'not_found' })

/** A sandbox may leave its parts out. */
function assertFits(connector: Connector, { mode, settings, credentials }: ConnectionParts): void {
  if (mode === 'sandbox') return
  const code = 'runtime.connection_invalid'
  const hint = 'Correct the places that are named in the file that --file gives, or in the request.'
  parseOrThrow(connector.settings, settings, { code, what: `What ${connector.name} is set to`, hint })
  parseOrThrow(connector.credentials, credentials ?? {}, { code, what: `The credentials of ${connector.name}`, hint })
}

/** Seals a secret to a row that is yet to be written; undefined where there is none. */
export function sealCredentials(
  tx: TenantTx,
  masterKey: Uint8Array,
  credentials: unknown,
): SealedCredential | undefined {
  if (credentials === undefined) return undefined
  const id = newId<'credential'>()
  const owner = { organizationId: tx.organizationId, credentialId: id }
  return { id, sealed: seal(masterKey, owner, credentials), keyVersion: vaultKeyVersion }
}

/** How long a provider has to answer a check. */
const checkTimeoutMs = 10_000

/**
 * Asks the provider whether a connection works and keeps the answer. Resolves to the provider's complaint, or undefined
 * where it works. Throws `runtime.connection_not_found`.
 */
export async function checkConnection(
  parts: RefreshParts & { readonly resolveHost: ResolveHost; readonly mockConnectors: boolean | undefined },
  organizationId: OrganizationId,
  id: ConnectionId,
): Promise<string | undefined> {
  const { database, clock, fetch, resolveHost, mockConnectors } = parts
  const connection = await withTenant(database, organizationId, (tx) => findConnection(tx, { id }))
  if (!connection) throw connectionNotFound(id)
  const complaint = await complaintOf(async () => {
    const mode = resolveMode(connection.mode, mockConnectors)
    const credentials = mode === 'real' ? await freshCredentials(parts, organizationId, connection) : {}
    await checkConnector(connection.connector, {
      mode,
      settings: connection.settings,
      credentials,
      idempotencyKey: newId(),
      signal: AbortSignal.timeout(checkTimeoutMs),
      fetch,
      resolveHost,
      clock,
    })
  })
  await withTenant(database, organizationId, async (tx) => {
    await recordConnectionHealth(tx, { id, error: complaint })
    if (complaint === undefined) await closeBreaker(tx, id)
  })
  return complaint
}

async function complaintOf(work: () => Promise<void>): Promise<string | undefined> {
  try {
    await work()
    return undefined
  } catch (error) {
    if (error instanceof NeonHubError) return [error.message, error.hint].filter(Boolean).join('. ')
    throw error
  }
}
