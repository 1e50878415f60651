import { asId, type ConnectionId } from '../../../base/ids.ts'
import { jsonb, sql, type TenantTx } from '../../../db/index.ts'

/** Somebody who was sent to a provider, as the row keeps it. */
export interface StoredState {
  readonly id: string
  readonly userId: string
  readonly connector: string
  readonly name: string
  readonly connectionId: ConnectionId | undefined
  readonly settings: unknown
  readonly sealedVerifier: Uint8Array
  readonly redirectUri: string
}

/** Keeps a state for `ttlSeconds` by the database's clock; returns until when. */
export async function insertState(
  tx: TenantTx,
  {
    stateHash,
    keyVersion,
    ttlSeconds,
    ...state
  }: StoredState & { readonly stateHash: string; readonly keyVersion: number; readonly ttlSeconds: number },
): Promise<Date> {
  const { expires_at: expiresAt } = await tx
    .insertInto('oauth_states')
    .values({
      organization_id: tx.organizationId,
      id: state.id,
      user_id: state.userId,
      connector: state.connector,
      name: state.name,
      connection_id: state.connectionId ?? null,
      settings: jsonb(state.settings),
      state_hash: stateHash,
      sealed_verifier: Buffer.from(state.sealedVerifier),
      key_version: keyVersion,
      redirect_uri: state.redirectUri,
      expires_at: sql<Date>`clock_timestamp() + make_interval(secs => ${ttlSeconds})`,
    })
    .returning('expires_at')
    .executeTakeFirstOrThrow()
  return expiresAt
}

/** What came of taking a state: only a `taken` one counts. */
export type TakenState =
  | { readonly kind: 'taken'; readonly state: StoredState }
  | { readonly kind: 'unknown' | 'foreign' | 'used' | 'expired' }

/**
 * Uses a state up, for the person who began with it and for nobody else, so that of two that return with it one goes on.
 * Another person's return leaves it as it is.
 */
export async function takeState(
  tx: TenantTx,
  { stateHash, userId }: { readonly stateHash: string; readonly userId: string },
): Promise<TakenState> {
  const row = await tx
    .selectFrom('oauth_states')
    .selectAll()
    .select(sql<boolean>`expires_at <= clock_timestamp()`.as('is_expired'))
    .where('organization_id', '=', tx.organizationId)
    .where('state_hash', '=', stateHash)
    .forUpdate()
    .executeTakeFirst()
  if (!row) return { kind: 'unknown' }
  if (row.user_id !== userId) return { kind: 'foreign' }
  if (row.used_at !== null) return { kind: 'used' }
  if (row.is_expired) return { kind: 'expired' }
  await tx
    .updateTable('oauth_states')
    .set({ used_at: sql<Date>`clock_timestamp()` })
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', row.id)
    .execute()
  const connectionId: ConnectionId | undefined = row.connection_id === null ? undefined : asId(row.connection_id)
  return {
    kind: 'taken',
    state: {
      id: row.id,
      userId: row.user_id,
      connector: row.connector,
      name: row.name,
      connectionId,
      settings: row.settings,
      sealedVerifier: row.sealed_verifier,
      redirectUri: row.redirect_uri,
    },
  }
}
