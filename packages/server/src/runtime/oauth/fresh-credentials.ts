import type { Clock } from '../../base/clock.ts'
import { NeonHubError } from '../../base/errors.ts'
import type { OrganizationId } from '../../base/ids.ts'
import type { OAuthApps } from '../../base/oauth-apps.ts'
import { type Database, withTenant } from '../../db/index.ts'
import { openCredentials } from '../open-credentials.ts'
import { findConnection, recordConnectionHealth, type StoredConnection } from '../sql/connections.ts'
import { refreshCredentials } from './refresh-credentials.ts'
import { claimRefresh } from './sql/grants.ts'

export interface RefreshParts {
  readonly database: Database
  readonly masterKey: Uint8Array
  readonly fetch: typeof globalThis.fetch
  readonly clock: Clock
  readonly oauthApps: OAuthApps
}

/** Refreshed this long before its end, so that no call begins with a token that ends under it. */
const dueSeconds = 300
/** Nobody else refreshes for as long: more than the token endpoint is waited for. It is also the pause after a failure. */
const leaseSeconds = 30
/** With less than this left, a call waits for whoever refreshes. */
const usableMs = 30_000
const pollMs = 150

/**
 * The secrets of a connection for a call that is about to be made. An access token that is close to its end is refreshed
 * first, by one process of the fleet: the others go on with the one that still holds, or wait. Throws
 * `runtime.consent_needed` where only a person can help, and what asking the provider throws once the token has ended.
 */
export async function freshCredentials(
  parts: RefreshParts,
  organizationId: OrganizationId,
  connection: StoredConnection,
): Promise<unknown> {
  const { database, masterKey, clock } = parts
  const { id } = connection
  const waitUntil = performance.now() + (leaseSeconds + 5) * 1_000
  let current = connection
  while (isDue(current) && current.refreshCredentialId !== undefined) {
    const token = await withTenant(database, organizationId, (tx) => claimRefresh(tx, { id, dueSeconds, leaseSeconds }))
    if (token !== undefined) await refreshCredentials(parts, organizationId, { id, token })
    else if (isUsable(current, usableMs)) break
    else await clock.sleep(pollMs)
    const found = await withTenant(database, organizationId, (tx) => findConnection(tx, { id }))
    if (!found || performance.now() > waitUntil) throw refreshLate(connection)
    current = found
    // Tokens that never last longer than what is due would be refreshed for ever.
    if (token !== undefined && isUsable(current, 0)) break
  }
  if (!isUsable(current, 0)) throw await consentNeeded(parts, organizationId, current)
  return openCredentials(current, { organizationId, masterKey })
}

const isDue = ({ accessExpiresInMs }: StoredConnection) =>
  accessExpiresInMs !== undefined && accessExpiresInMs < dueSeconds * 1_000

const isUsable = ({ accessExpiresInMs }: StoredConnection, atLeastMs: number) =>
  accessExpiresInMs === undefined || accessExpiresInMs > atLeastMs

const refreshLate = ({ name }: StoredConnection) =>
  new NeonHubError('runtime.oauth_refresh_late', `The access of the connection "${name}" is still being refreshed`, {
    kind: 'unavailable',
    retryable: true,
    hint: 'Resume the run in a minute.',
  })

/** Told to the members too: nothing that is tried again would help. */
async function consentNeeded(
  { database }: RefreshParts,
  organizationId: OrganizationId,
  { id, name }: StoredConnection,
): Promise<NeonHubError> {
  const error = new NeonHubError('runtime.consent_needed', `The provider takes the access of "${name}" no longer`, {
    kind: 'conflict',
    hint: 'Somebody who may change connections opens the connections page and presses Connect again.',
  })
  await withTenant(database, organizationId, (tx) =>
    recordConnectionHealth(tx, { id, error: [error.message, error.hint].join('. ') }),
  )
  return error
}
