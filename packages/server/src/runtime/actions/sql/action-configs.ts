import type { ConnectionId } from '../../../base/ids.ts'
import { jsonb, sql, type TenantTx } from '../../../db/index.ts'

type Members = Readonly<Record<string, unknown>>

/** What an organization pays for an action of a connection: for each call, or for each recipient of one. */
export interface ActionPrice {
  readonly micros: number
  /** ISO 4217. */
  readonly currency: string
  readonly per: 'call' | 'recipient'
}

/** What an organization fixes of one action of one connection. */
export interface ActionConfig {
  /** 0 where nothing was ever fixed. */
  readonly version: number
  readonly enabled: boolean
  /** Stand whatever an agent gives. */
  readonly fixed: Members
  /** Stand where an agent gives none. */
  readonly defaults: Members
  /** Comes before what the connector knows of its cost; null where none is set. */
  readonly price: ActionPrice | null
}

/** An action of which nothing is fixed. */
export const noActionConfig: ActionConfig = { version: 0, enabled: true, fixed: {}, defaults: {}, price: null }

/** One action of one connection. */
export interface ActionKey {
  readonly connectionId: ConnectionId
  readonly action: string
}

/** Every version, newest first, down to the one with nothing fixed. */
export async function listActionConfigs(
  tx: TenantTx,
  { connectionId, action }: ActionKey,
): Promise<readonly [ActionConfig, ...ActionConfig[]]> {
  const rows = await tx
    .selectFrom('action_configs')
    .select(['version', 'enabled', 'fixed', 'defaults', 'price'])
    .where('organization_id', '=', tx.organizationId)
    .where('connection_id', '=', connectionId)
    .where('action', '=', action)
    .orderBy('version', 'desc')
    .execute()
  // Written by `insertActionConfig` alone, from what was checked.
  return downToNone(rows as ActionConfig[])
}

/** Versions, newest first, with the one before all of them, in which nothing is fixed. */
export function downToNone(versions: readonly ActionConfig[]): readonly [ActionConfig, ...ActionConfig[]] {
  const [newest = noActionConfig, ...earlier] = [...versions, noActionConfig]
  return [newest, ...earlier]
}

/** Writes the next version, behind the lock that the calls of the action share. */
export async function insertActionConfig(
  tx: TenantTx,
  {
    connectionId,
    action,
    enabled,
    fixed,
    defaults,
    price,
    actor,
  }: ActionKey & Omit<ActionConfig, 'version'> & { readonly actor: string },
): Promise<void> {
  const lock = `action ${connectionId}/${action}`
  await sql`select pg_advisory_xact_lock(hashtextextended(${lock}, 0))`.execute(tx)
  const [{ version }] = await listActionConfigs(tx, { connectionId, action })
  await tx
    .insertInto('action_configs')
    .values({
      organization_id: tx.organizationId,
      connection_id: connectionId,
      action,
      version: version + 1,
      enabled,
      fixed: jsonb(fixed),
      defaults: jsonb(defaults),
      price: price && jsonb(price),
      actor,
    })
    .execute()
}
