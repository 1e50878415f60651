import type { ConnectionId } from '../../../base/ids.ts'
import { sql, type TenantTx } from '../../../db/index.ts'
import { deleteCredential, type SealedCredential } from '../../sql/connections.ts'

/** What is kept of a grant beside the credentials themselves, which are sealed. */
export interface StoredGrant {
  readonly id: ConnectionId
  readonly account: string | undefined
  readonly scopes: readonly string[]
  readonly expiresInSeconds: number | undefined
  /** Written before it is named here. */
  readonly refreshCredentialId: string | undefined
}

const expiry = (seconds: number | undefined) =>
  seconds === undefined ? null : sql<Date>`clock_timestamp() + make_interval(secs => ${seconds}::float8)`

/** Writes down that a person consented, beside the credentials that the connection has by now. */
export async function recordGrant(tx: TenantTx, grant: StoredGrant): Promise<void> {
  await tx
    .updateTable('connector_auths')
    .set({
      account: grant.account ?? null,
      scopes: [...grant.scopes],
      authorized_at: sql<Date>`clock_timestamp()`,
      access_expires_at: expiry(grant.expiresInSeconds),
      refresh_credential_id: grant.refreshCredentialId ?? null,
      updated_at: sql<Date>`now()`,
    })
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', grant.id)
    .execute()
}

/**
 * Takes the right to refresh a connection's access, for `leaseSeconds`: nobody else refreshes meanwhile. Returns its
 * token, or undefined where somebody has it, or has refreshed already.
 */
export async function claimRefresh(
  tx: TenantTx,
  {
    id,
    dueSeconds,
    leaseSeconds,
  }: { readonly id: ConnectionId; readonly dueSeconds: number; readonly leaseSeconds: number },
): Promise<string | undefined> {
  const { rows } = await sql<{ token: string }>`
    update connector_auths set refreshing_until = clock_timestamp() + make_interval(secs => ${leaseSeconds})
    where organization_id = ${tx.organizationId} and id = ${id} and refresh_credential_id is not null
      and access_expires_at < clock_timestamp() + make_interval(secs => ${dueSeconds})
      and (refreshing_until is null or refreshing_until < clock_timestamp())
    returning refreshing_until::text as token
  `.execute(tx)
  return rows[0]?.token
}

/** Gives the right back with what came of it. False where the connection was set anew meanwhile: nothing is to be kept. */
export async function endRefresh(
  tx: TenantTx,
  {
    id,
    token,
    ...refreshed
  }: {
    readonly id: ConnectionId
    readonly token: string
    readonly expiresInSeconds: number | undefined
    readonly scopes: readonly string[] | undefined
  },
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('connector_auths')
    .set({
      refreshing_until: null,
      access_expires_at: expiry(refreshed.expiresInSeconds),
      updated_at: sql<Date>`now()`,
      ...(refreshed.scopes === undefined ? {} : { scopes: [...refreshed.scopes] }),
    })
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', id)
    .where('refreshing_until', '=', sql<Date>`${token}::timestamptz`)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Forgets a refresh token that the provider takes no longer. False where the connection was set anew meanwhile. */
export async function dropRefresh(
  tx: TenantTx,
  { id, token, credentialId }: { readonly id: ConnectionId; readonly token: string; readonly credentialId: string },
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('connector_auths')
    .set({ refreshing_until: null, refresh_credential_id: null, updated_at: sql<Date>`now()` })
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', id)
    .where('refreshing_until', '=', sql<Date>`${token}::timestamptz`)
    .executeTakeFirst()
  if (numUpdatedRows === 0n) return false
  await deleteCredential(tx, credentialId)
  return true
}

/** Puts another secret in the place of one, under the same id. */
export async function replaceSecret(tx: TenantTx, { id, sealed, keyVersion }: SealedCredential): Promise<void> {
  await tx
    .updateTable('credentials')
    .set({ sealed: Buffer.from(sealed), key_version: keyVersion, updated_at: sql<Date>`now()` })
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', id)
    .execute()
}
