import { z } from 'zod'
import { NeonHubError } from '../../base/errors.ts'
import { type ConnectionId, type OrganizationId } from '../../base/ids.ts'
import { sha256 } from '../../base/json.ts'
import { parseOrThrow } from '../../base/parse.ts'
import { open } from '../../base/vault.ts'
import type { OAuthGrant } from '../../connectors/spec.ts'
import { type Database, type TenantTx, withTenant } from '../../db/index.ts'
import { addConnection, connectionNotFound, replaceConnection, sealCredentials } from '../connections.ts'
import { openCredentials } from '../open-credentials.ts'
import { findConnection, insertCredential } from '../sql/connections.ts'
import { askTokenEndpoint } from './ask-token-endpoint.ts'
import { getOAuth, type OAuthConnector } from './oauth-of.ts'
import { recordGrant } from './sql/grants.ts'
import { type StoredState, takeState } from './sql/oauth-states.ts'
import type { AuthorizationParts } from './start-authorization.ts'
import { consentRefused, stateError } from './authorization-errors.ts'

/** What the provider sent the person back with. */
export interface ReturnedAuthorization {
  /** The connector whose address they returned to. */
  readonly connector: string
  readonly state: string
  readonly code: string | undefined
  /** In the place of a code: why there is none (RFC 6749, 4.1.2.1). */
  readonly error: string | undefined
  /** Who says it (RFC 9207). */
  readonly issuer: string | undefined
  /** Whose session it is. */
  readonly userId: string
}

/** A connection that a person has just authorised. */
export interface Authorized {
  readonly id: ConnectionId
  readonly connector: string
  readonly name: string
  readonly account: string | undefined
  readonly isNew: boolean
}

const Members = z.record(z.string(), z.unknown())

/**
 * Connects the account that a person consented to. The state is used up first, whatever follows; the connection with its
 * sealed credentials is then written in one transaction with `inSame`, or nothing is. Throws `runtime.oauth_state_…`,
 * `runtime.oauth_denied`, `runtime.oauth_issuer_mismatch`, `runtime.oauth_exchange_refused`,
 * `runtime.oauth_scopes_missing`, as `askTokenEndpoint` does, and `runtime.connection_exists`.
 */
export async function finishAuthorization(
  parts: AuthorizationParts & { readonly database: Database; readonly fetch: typeof globalThis.fetch },
  organizationId: OrganizationId,
  returned: ReturnedAuthorization,
  inSame: (tx: TenantTx, authorized: Authorized) => Promise<void>,
): Promise<ConnectionId> {
  const { database, masterKey } = parts
  const { connector, userId } = returned
  const taken = await withTenant(database, organizationId, (tx) =>
    takeState(tx, { stateHash: sha256(returned.state), userId }),
  )
  if (taken.kind !== 'taken') throw stateError(taken.kind)
  const { state } = taken
  if (state.connector !== connector) throw stateError('unknown')
  const provider = getOAuth(parts.oauthApps, connector)
  assertIssuer(provider, returned)
  if (returned.code === undefined) throw consentRefused(provider.connector.name, returned.error)
  const verifier = z.string().parse(open(masterKey, { organizationId, credentialId: state.id }, state.sealedVerifier))
  const grant = await exchange(parts, provider, { code: returned.code, verifier, redirectUri: state.redirectUri })
  return withTenant(database, organizationId, async (tx) => {
    const authorized = await keep(tx, masterKey, { provider, state, grant })
    await inSame(tx, authorized)
    return authorized.id
  })
}

/** An answer of somebody else is no answer, whatever else it says (RFC 9207, 2.4). */
function assertIssuer({ oauth, connector }: OAuthConnector, { issuer }: ReturnedAuthorization): void {
  if (issuer === undefined || issuer === oauth.issuer) return
  throw new NeonHubError('runtime.oauth_issuer_mismatch', `The answer is not from the provider of ${connector.name}`, {
    kind: 'forbidden',
    hint: 'Nothing was connected. Begin again from the connections page.',
  })
}

async function exchange(
  { fetch }: { readonly fetch: typeof globalThis.fetch },
  { connector, oauth, app }: OAuthConnector,
  { code, verifier, redirectUri }: { readonly code: string; readonly verifier: string; readonly redirectUri: string },
): Promise<OAuthGrant> {
  const answer = await askTokenEndpoint(
    { name: connector.name, oauth },
    {
      app,
      fetch,
      form: { grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: redirectUri },
    },
  )
  if (answer.kind === 'refused') {
    throw new NeonHubError('runtime.oauth_exchange_refused', `${connector.name} refused the consent: ${answer.error}`, {
      kind: 'refused',
      hint: 'Begin again. If it stays so, the operator checks the app’s id, its secret and its redirect address.',
    })
  }
  const granted = answer.grant.scopes ?? oauth.scopes
  const missing = oauth.requiredScopes.filter((scope) => !granted.includes(scope))
  if (missing.length === 0) return answer.grant
  throw new NeonHubError('runtime.oauth_scopes_missing', `The consent leaves out ${missing.join(', ')}`, {
    kind: 'conflict',
    hint: 'Begin again, and leave every box ticked that the provider shows.',
  })
}

async function keep(
  tx: TenantTx,
  masterKey: Uint8Array,
  {
    provider,
    state,
    grant,
  }: { readonly provider: OAuthConnector; readonly state: StoredState; readonly grant: OAuthGrant },
): Promise<Authorized> {
  const { connector, oauth, app } = provider
  const earlier = state.connectionId && (await findConnection(tx, { id: state.connectionId }))
  if (state.connectionId && !earlier) throw connectionNotFound(state.connectionId)
  const kept = earlier ? keptOf(tx, masterKey, { earlier, keeps: oauth.keeps }) : {}
  const made = parseOrThrow(
    connector.credentials,
    { ...kept, ...oauth.toCredentials(grant, app) },
    answerOf(connector.name),
  )
  const settings = oauth.toSettings(grant.account, Members.parse((earlier ?? state).settings))
  const parts = { mode: 'real', settings, credentials: made } as const
  const { name } = state
  const id = earlier?.id ?? (await addConnection(tx, masterKey, { connector: connector.id, name, ...parts }))
  if (earlier) await replaceConnection(tx, masterKey, { id, ...parts })
  await recordGrant(tx, {
    id,
    account: grant.account,
    scopes: grant.scopes ?? oauth.scopes,
    expiresInSeconds: grant.expiresInSeconds,
    refreshCredentialId: await keepRefreshToken(tx, masterKey, grant),
  })
  return { id, connector: connector.id, name, account: grant.account, isNew: !earlier }
}

const answerOf = (name: string) => ({
  code: 'runtime.oauth_answer_invalid',
  what: `What ${name} granted`,
  hint: 'Begin again; if it stays so, the provider has changed what it answers.',
})

/** Those of the earlier credentials that a consent says nothing about. */
function keptOf(
  tx: TenantTx,
  masterKey: Uint8Array,
  { earlier, keeps }: { readonly earlier: Parameters<typeof openCredentials>[0]; readonly keeps: readonly string[] },
): Readonly<Record<string, unknown>> {
  const credentials = Members.parse(openCredentials(earlier, { organizationId: tx.organizationId, masterKey }))
  return Object.fromEntries(Object.entries(credentials).filter(([name]) => keeps.includes(name)))
}

async function keepRefreshToken(
  tx: TenantTx,
  masterKey: Uint8Array,
  { refreshToken }: OAuthGrant,
): Promise<string | undefined> {
  const credential = sealCredentials(tx, masterKey, refreshToken === undefined ? undefined : { refreshToken })
  if (credential) await insertCredential(tx, credential)
  return credential?.id
}
