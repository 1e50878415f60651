import { createHash, randomBytes } from 'node:crypto'
import { NeonHubError } from '../../base/errors.ts'
import { type ConnectionId, newId } from '../../base/ids.ts'
import type { OAuthApps } from '../../base/oauth-apps.ts'
import { sha256 } from '../../base/json.ts'
import { parseOrThrow } from '../../base/parse.ts'
import { seal, vaultKeyVersion } from '../../base/vault.ts'
import type { TenantTx } from '../../db/index.ts'
import { connectionExists, connectionNotFound } from '../connections.ts'
import { findConnection } from '../sql/connections.ts'
import { getOAuth, type OAuthConnector, redirectUriOf } from './oauth-of.ts'
import { insertState } from './sql/oauth-states.ts'

/** How long a person may take at the provider. */
const ttlSeconds = 600

/** 32 bytes make 43 characters of base64url: the shortest verifier that RFC 7636, 4.1 allows, of 256 bits. */
const randomText = () => randomBytes(32).toString('base64url')

export interface AuthorizationParts {
  readonly oauthApps: OAuthApps
  readonly masterKey: Uint8Array
  /** Where browsers reach this installation. */
  readonly publicUrl: string
}

export interface AskedAuthorization {
  readonly connector: string
  /** What the new connection will be called. Not asked where `connectionId` names one. */
  readonly name: string
  /** A connection that is authorised anew; its id, name and settings stay. */
  readonly connectionId: ConnectionId | undefined
  readonly settings: Readonly<Record<string, unknown>>
  /** Who is sent there, and alone may come back. */
  readonly userId: string
}

export interface StartedAuthorization {
  readonly id: string
  /** Where to send the person's browser. */
  readonly authorizeUrl: string
  readonly expiresAt: Date
}

/**
 * Begins to connect an account: keeps what the return will be checked against, and says where to send the person. The
 * state names the organization, so that the page they return to asks in the right one; it proves nothing by that.
 * Throws as `getOAuth` does, and `runtime.connection_exists`, `runtime.connection_not_found`,
 * `runtime.connection_mismatch`, `runtime.connection_invalid`.
 */
export async function startAuthorization(
  { oauthApps, masterKey, publicUrl }: AuthorizationParts,
  tx: TenantTx,
  asked: AskedAuthorization,
): Promise<StartedAuthorization> {
  const provider = getOAuth(oauthApps, asked.connector)
  const { name, settings } = await targetOf(tx, provider, asked)
  const id = newId()
  const state = `${tx.organizationId}.${randomText()}`
  const verifier = randomText()
  const redirectUri = redirectUriOf(publicUrl, asked.connector)
  const expiresAt = await insertState(tx, {
    id,
    userId: asked.userId,
    connector: asked.connector,
    name,
    connectionId: asked.connectionId,
    settings,
    stateHash: sha256(state),
    sealedVerifier: seal(masterKey, { organizationId: tx.organizationId, credentialId: id }, verifier),
    keyVersion: vaultKeyVersion,
    redirectUri,
    ttlSeconds,
  })
  return { id, authorizeUrl: authorizeUrlOf(provider, { state, verifier, redirectUri }), expiresAt }
}

/** Stands for an account that nobody has named yet, so that settings can be judged before anybody is sent away. */
const someAccount = 'account@example.com'

async function targetOf(
  tx: TenantTx,
  { connector, oauth }: OAuthConnector,
  { connectionId, name, settings }: AskedAuthorization,
): Promise<{ readonly name: string; readonly settings: Readonly<Record<string, unknown>> }> {
  if (connectionId !== undefined) {
    const connection = await findConnection(tx, { id: connectionId })
    if (!connection) throw connectionNotFound(connectionId)
    if (connection.connector === connector.id) return { name: connection.name, settings: {} }
    throw new NeonHubError(
      'runtime.connection_mismatch',
      `The connection "${connection.name}" is one of ${connection.connector}, not of ${connector.id}`,
      { kind: 'invalid' },
    )
  }
  if (await findConnection(tx, { name })) throw connectionExists(name)
  parseOrThrow(connector.settings, oauth.toSettings(someAccount, settings), {
    code: 'runtime.connection_invalid',
    what: `What ${connector.name} is set to`,
    hint: 'Correct the places that are named.',
  })
  return { name, settings }
}

function authorizeUrlOf(
  { oauth, app }: OAuthConnector,
  { state, verifier, redirectUri }: { readonly state: string; readonly verifier: string; readonly redirectUri: string },
): string {
  const url = new URL(oauth.authorizeUrl)
  const parameters = {
    ...oauth.parameters,
    response_type: 'code',
    client_id: app.clientId,
    redirect_uri: redirectUri,
    scope: oauth.scopes.join(oauth.scopeSeparator),
    state,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return url.href
}
