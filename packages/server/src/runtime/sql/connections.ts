import { asId, type ConnectionId, newId, type OrganizationId } from '../../base/ids.ts'
import { callEntering, type Database, jsonb, sql, type TenantTx } from '../../db/index.ts'
import type { ActionConfig } from '../actions/sql/action-configs.ts'
import type { ConnectorMode } from '../../connectors/index.ts'
import { type HeldSettings, type PolicyRow, toPolicyVersion } from '../settings/sql/policies.ts'
import { resolveNotifications, tellMembers } from '../../notifications/index.ts'

/** A connection as the ledger uses it. */
export interface StoredConnection {
  readonly id: ConnectionId
  readonly connector: string
  readonly name: string
  readonly mode: ConnectorMode
  readonly status: 'active' | 'failing' | 'disabled'
  readonly settings: unknown
  readonly credentialId: string | undefined
  readonly sealed: Uint8Array | undefined
  /** Whose account it is, where a person consented at the provider. */
  readonly account: string | undefined
  /** How long the provider still takes its access token, by the database's clock; undefined for good. */
  readonly accessExpiresInMs: number | undefined
  /** The refresh token, which no call is handed. */
  readonly refreshCredentialId: string | undefined
  readonly sealedRefresh: Uint8Array | undefined
}

/** A connection by its name or its id, with its sealed credentials. */
export async function findConnection(
  tx: TenantTx,
  by: { readonly name: string } | { readonly id: ConnectionId },
): Promise<StoredConnection | undefined> {
  const row = await tx
    .selectFrom('connector_auths as a')
    .leftJoin('credentials as c', (join) =>
      join.onRef('c.organization_id', '=', 'a.organization_id').onRef('c.id', '=', 'a.credential_id'),
    )
    .leftJoin('credentials as r', (join) =>
      join.onRef('r.organization_id', '=', 'a.organization_id').onRef('r.id', '=', 'a.refresh_credential_id'),
    )
    .select(['a.id', 'a.connector', 'a.name', 'a.mode', 'a.status', 'a.settings', 'a.credential_id', 'c.sealed'])
    .select(['a.account', 'a.refresh_credential_id', 'r.sealed as sealed_refresh'])
    .select(
      sql<number | null>`(extract(epoch from a.access_expires_at - clock_timestamp()) * 1000)::float8`.as('expires_in'),
    )
    .where('a.organization_id', '=', tx.organizationId)
    .where((eb) => ('id' in by ? eb('a.id', '=', by.id) : eb('a.name', '=', by.name)))
    .executeTakeFirst()
  if (!row) return undefined
  return {
    id: asId(row.id),
    connector: row.connector,
    name: row.name,
    mode: row.mode,
    status: row.status,
    settings: row.settings,
    credentialId: row.credential_id ?? undefined,
    sealed: row.sealed ?? undefined,
    account: row.account ?? undefined,
    accessExpiresInMs: row.expires_in ?? undefined,
    refreshCredentialId: row.refresh_credential_id ?? undefined,
    sealedRefresh: row.sealed_refresh ?? undefined,
  }
}

/**
 * A connection for one call of an action by an agent: with every version of what is fixed of that, newest first, and what
 * else the organization has set of such a call, none of which is held.
 */
export interface FoundConnection extends StoredConnection, Omit<HeldSettings, 'actionVersion'> {
  readonly configs: readonly ActionConfig[]
  /** Another one after each change of the connection. */
  readonly stamp: string
}

/** As `open_call` returns it: bytes in base64, and nothing or null where there is nothing. */
type FoundRow = Omit<FoundConnection, 'sealed' | 'sealedRefresh' | 'policy'> & {
  readonly sealed: string | undefined
  readonly sealedRefresh: string | undefined
  readonly policy: PolicyRow | null
}

/** A connection by its name for one call, in one round trip; undefined where there is none. */
export async function findConnectionFor(
  database: Database,
  organizationId: OrganizationId,
  { name, action, agent }: { readonly name: string; readonly action: string; readonly agent: string },
): Promise<FoundConnection | undefined> {
  const found = await callEntering<FoundRow>(database, 'open_call', [organizationId, name, action, agent])
  if (!found) return undefined
  const { sealed, sealedRefresh, policy } = found
  return {
    ...found,
    sealed: fromBase64(sealed),
    sealedRefresh: fromBase64(sealedRefresh),
    policy: toPolicyVersion(policy),
  }
}

const fromBase64 = (text: string | undefined) => (text === undefined ? undefined : Buffer.from(text, 'base64'))

export interface ConnectionSummary {
  readonly id: ConnectionId
  readonly connector: string
  readonly name: string
  readonly mode: ConnectorMode
  readonly status: 'active' | 'failing' | 'disabled'
  readonly settings: unknown
  readonly hasCredentials: boolean
  readonly lastError: string | undefined
  readonly lastCheckedAt: Date | undefined
  /** How its last calls failed, where they did. */
  readonly breaker: BreakerSummary | undefined
  readonly createdAt: Date
  /** What a person consented to at the provider; undefined where credentials were entered. */
  readonly authorization: ConnectionAuthorization | undefined
}

export interface ConnectionAuthorization {
  readonly account: string | undefined
  readonly scopes: readonly string[]
  readonly authorizedAt: Date
  /** Undefined for good. */
  readonly accessExpiresAt: Date | undefined
  /** Whether the access is refreshed by itself. Where it is not and expires, a person has to connect again. */
  readonly refreshes: boolean
}

/** The circuit breaker of a connection whose last calls failed by the provider's fault. */
export interface BreakerSummary {
  /** How many failed in a row. */
  readonly faults: number
  /** Until when no call leaves; where that is past, one at a time does. Undefined while too few have failed. */
  readonly openUntil: Date | undefined
  /** How the last of them failed. */
  readonly error: string
}

/** Every connection of the organization, by name, without its secrets. */
export async function listConnections(tx: TenantTx): Promise<readonly ConnectionSummary[]> {
  const rows = await tx
    .selectFrom('connector_auths as a')
    .leftJoin('circuit_breakers as b', (join) =>
      join.onRef('b.organization_id', '=', 'a.organization_id').onRef('b.connection_id', '=', 'a.id'),
    )
    .selectAll('a')
    .select(['b.faults', 'b.open_until', sql<string | null>`b.error ->> 'message'`.as('fault')])
    .where('a.organization_id', '=', tx.organizationId)
    .orderBy('a.name')
    .execute()
  return rows.map((row) => ({
    id: asId(row.id),
    connector: row.connector,
    name: row.name,
    mode: row.mode,
    status: row.status,
    settings: row.settings,
    hasCredentials: row.credential_id !== null,
    lastError: row.last_error ?? undefined,
    lastCheckedAt: row.last_checked_at ?? undefined,
    breaker:
      row.faults === null
        ? undefined
        : { faults: row.faults, openUntil: row.open_until ?? undefined, error: row.fault ?? '' },
    createdAt: row.created_at,
    authorization:
      row.authorized_at === null
        ? undefined
        : {
            account: row.account ?? undefined,
            scopes: row.scopes,
            authorizedAt: row.authorized_at,
            accessExpiresAt: row.access_expires_at ?? undefined,
            refreshes: row.refresh_credential_id !== null,
          },
  }))
}

export interface SealedCredential {
  readonly id: string
  readonly sealed: Uint8Array
  readonly keyVersion: number
}

/** Writes a connection, and its sealed credentials first where it has some. Returns undefined where the name is taken. */
export async function insertConnection(
  tx: TenantTx,
  connection: {
    readonly connector: string
    readonly name: string
    readonly mode: ConnectorMode
    readonly settings: unknown
    readonly credential: SealedCredential | undefined
  },
): Promise<ConnectionId | undefined> {
  const taken = await findConnection(tx, { name: connection.name })
  if (taken) return undefined
  const { credential } = connection
  if (credential) await insertCredential(tx, credential)
  const id: ConnectionId = newId()
  await tx
    .insertInto('connector_auths')
    .values({
      organization_id: tx.organizationId,
      id,
      connector: connection.connector,
      name: connection.name,
      mode: connection.mode,
      settings: jsonb(connection.settings),
      credential_id: credential?.id ?? null,
    })
    .execute()
  return id
}

/** Keeps a sealed secret; whoever names it is written in the same transaction. */
export async function insertCredential(tx: TenantTx, { id, sealed, keyVersion }: SealedCredential): Promise<void> {
  await tx
    .insertInto('credentials')
    .values({ organization_id: tx.organizationId, id, sealed: Buffer.from(sealed), key_version: keyVersion })
    .execute()
}

/** Sets a connection anew; the earlier credentials, and what a person consented to before, are gone for good. */
export async function updateConnection(
  tx: TenantTx,
  connection: {
    readonly id: ConnectionId
    readonly mode: ConnectorMode
    readonly settings: unknown
    readonly credential: SealedCredential | undefined
    readonly earlier: readonly (string | undefined)[]
  },
): Promise<void> {
  const { credential, earlier } = connection
  if (credential) await insertCredential(tx, credential)
  await tx
    .updateTable('connector_auths')
    .set({
      mode: connection.mode,
      settings: jsonb(connection.settings),
      credential_id: credential?.id ?? null,
      status: 'active',
      last_error: null,
      last_checked_at: null,
      updated_at: sql<Date>`now()`,
      account: null,
      scopes: [],
      authorized_at: null,
      access_expires_at: null,
      refresh_credential_id: null,
      refreshing_until: null,
    })
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', connection.id)
    .execute()
  for (const id of earlier) if (id !== undefined) await deleteCredential(tx, id)
  // It was set anew because it did not work: nobody need look any more.
  await resolveNotifications(tx, ['connection_failed'], connection.id)
}

/** Takes a secret away for good. */
export async function deleteCredential(tx: TenantTx, id: string): Promise<void> {
  await tx.deleteFrom('credentials').where('organization_id', '=', tx.organizationId).where('id', '=', id).execute()
}

/** Keeps what a check or a call found out about a connection's health. */
export async function recordConnectionHealth(
  tx: TenantTx,
  { id, error }: { readonly id: ConnectionId; readonly error: string | undefined },
): Promise<void> {
  const before = await tx
    .selectFrom('connector_auths')
    .select(['status', 'name', 'connector'])
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst()
  if (before?.status === 'active' && error !== undefined)
    await tellMembers(tx, 'connection_failed', {
      subjectId: id,
      facts: { name: before.name, connector: before.connector },
    })
  if (before?.status === 'failing' && error === undefined) await resolveNotifications(tx, ['connection_failed'], id)
  await tx
    .updateTable('connector_auths')
    .set({
      status: error === undefined ? 'active' : 'failing',
      last_error: error ?? null,
      last_checked_at: sql<Date>`now()`,
      updated_at: sql<Date>`now()`,
    })
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', id)
    .where('status', '<>', 'disabled')
    .execute()
}
