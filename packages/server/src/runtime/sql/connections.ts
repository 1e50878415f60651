import { asId, type ConnectionId, newId } from '../../base/ids.ts'
import { jsonb, sql, type TenantTx } from '../../db/index.ts'
import type { ConnectorMode } from '../../connectors/index.ts'
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
    .select(['a.id', 'a.connector', 'a.name', 'a.mode', 'a.status', 'a.settings', 'a.credential_id', 'c.sealed'])
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
  }
}

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

/** Sets a connection anew; the earlier credentials are gone for good. */
export async function updateConnection(
  tx: TenantTx,
  connection: {
    readonly id: ConnectionId
    readonly mode: ConnectorMode
    readonly settings: unknown
    readonly credential: SealedCredential | undefined
    readonly earlier: string | undefined
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
    })
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', connection.id)
    .execute()
  if (earlier !== undefined) await deleteCredential(tx, earlier)
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
