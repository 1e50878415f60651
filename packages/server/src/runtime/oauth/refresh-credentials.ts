import { z } from 'zod'
import { NeonHubError } from '../../base/errors.ts'
import type { ConnectionId, OrganizationId } from '../../base/ids.ts'
import { parseOrThrow } from '../../base/parse.ts'
import { open, seal, vaultKeyVersion } from '../../base/vault.ts'
import type { OAuthGrant } from '../../connectors/spec.ts'
import { type TenantTx, withTenant } from '../../db/index.ts'
import { openCredentials } from '../open-credentials.ts'
import { findConnection, recordConnectionHealth, type StoredConnection } from '../sql/connections.ts'
import { askTokenEndpoint } from './ask-token-endpoint.ts'
import type { RefreshParts } from './fresh-credentials.ts'
import { getOAuth, type OAuthConnector } from './oauth-of.ts'
import { dropRefresh, endRefresh, replaceSecret } from './sql/grants.ts'

const RefreshSecret = z.object({ refreshToken: z.string() })
const Credentials = z.record(z.string(), z.unknown())

/**
 * Refreshes a connection's access, for whoever holds the right to (`claimRefresh`). What the provider grants is stored
 * before anybody uses it: a refresh token that rotates is good for once. A refusal for good marks the connection and tells
 * the members. Any other failure is thrown only where the token in hand has ended, and nobody tries again for a while.
 */
export async function refreshCredentials(
  parts: RefreshParts,
  organizationId: OrganizationId,
  { id, token }: { readonly id: ConnectionId; readonly token: string },
): Promise<void> {
  const { database, masterKey, fetch, oauthApps } = parts
  // Read behind the claim: whoever had it before may have stored another refresh token.
  const connection = await withTenant(database, organizationId, (tx) => findConnection(tx, { id }))
  const { refreshCredentialId, sealedRefresh } = connection ?? {}
  if (!connection || refreshCredentialId === undefined || sealedRefresh === undefined) return
  const owner = { organizationId, credentialId: refreshCredentialId }
  const { refreshToken } = RefreshSecret.parse(open(masterKey, owner, sealedRefresh))
  try {
    const provider = getOAuth(oauthApps, connection.connector)
    const answer = await askTokenEndpoint(
      { name: provider.connector.name, oauth: provider.oauth },
      { app: provider.app, fetch, form: { grant_type: 'refresh_token', refresh_token: refreshToken } },
    )
    if (answer.kind === 'refused' && !answer.isOver) throw refused(connection, answer.error)
    await withTenant(database, organizationId, (tx) =>
      answer.kind === 'granted'
        ? keep(tx, masterKey, { provider, connection, token, grant: answer.grant, refreshCredentialId })
        : giveUp(tx, { connection, token, refreshCredentialId }),
    )
  } catch (error) {
    if ((connection.accessExpiresInMs ?? 0) > 0 && error instanceof NeonHubError) return
    throw error
  }
}

async function keep(
  tx: TenantTx,
  masterKey: Uint8Array,
  {
    provider: { connector, oauth, app },
    connection,
    token,
    grant,
    refreshCredentialId,
  }: {
    readonly provider: OAuthConnector
    readonly connection: StoredConnection
    readonly token: string
    readonly grant: OAuthGrant
    readonly refreshCredentialId: string
  },
): Promise<void> {
  const { organizationId } = tx
  const { id, credentialId } = connection
  const { expiresInSeconds, scopes, refreshToken } = grant
  if (credentialId === undefined || !(await endRefresh(tx, { id, token, expiresInSeconds, scopes }))) return
  const earlier = Credentials.parse(openCredentials(connection, { organizationId, masterKey }))
  const credentials = parseOrThrow(
    connector.credentials,
    { ...earlier, ...oauth.toCredentials(grant, app) },
    { code: 'runtime.oauth_answer_invalid', what: `What ${connector.name} granted` },
  )
  const sealed = seal(masterKey, { organizationId, credentialId }, credentials)
  await replaceSecret(tx, { id: credentialId, sealed, keyVersion: vaultKeyVersion })
  // None is no new one: the one before stays good (RFC 6749, 6).
  if (refreshToken === undefined) return
  const sealedToken = seal(masterKey, { organizationId, credentialId: refreshCredentialId }, { refreshToken })
  await replaceSecret(tx, { id: refreshCredentialId, sealed: sealedToken, keyVersion: vaultKeyVersion })
}

async function giveUp(
  tx: TenantTx,
  {
    connection: { id, name },
    token,
    refreshCredentialId,
  }: { readonly connection: StoredConnection; readonly token: string; readonly refreshCredentialId: string },
): Promise<void> {
  if (!(await dropRefresh(tx, { id, token, credentialId: refreshCredentialId }))) return
  const error = `The consent for "${name}" was taken back or has ended at the provider. Connect it again`
  await recordConnectionHealth(tx, { id, error })
}

const refused = ({ name }: StoredConnection, error: string) =>
  new NeonHubError('runtime.oauth_refresh_refused', `The access of "${name}" could not be refreshed: ${error}`, {
    kind: 'refused',
    hint: 'The operator checks the app’s id and secret at the provider.',
  })
