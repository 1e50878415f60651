import { asId, type BrandId, type ConnectionId, type TriggerId } from '../../base/ids.ts'
import { jsonb, sql, type TenantTx } from '../../db/index.ts'
import type { SetTrigger, Trigger } from '../spec.ts'

const select = (tx: TenantTx) =>
  tx
    .selectFrom('trigger_configs as t')
    .innerJoin('connector_auths as c', (join) =>
      join.onRef('c.organization_id', '=', 't.organization_id').onRef('c.id', '=', 't.connection_id'),
    )
    .leftJoin('brands as b', (join) =>
      join.onRef('b.organization_id', '=', 't.organization_id').onRef('b.id', '=', 't.brand_id'),
    )
    .selectAll('t')
    .select(['c.name as connection', 'b.slug as brand'])
    .where('t.organization_id', '=', tx.organizationId)
    .orderBy('t.name')

type TriggerRow = Awaited<ReturnType<ReturnType<typeof select>['executeTakeFirstOrThrow']>>

const toTrigger = (row: TriggerRow): Trigger => ({
  id: asId(row.id),
  name: row.name,
  connectionId: asId(row.connection_id),
  connection: row.connection,
  eventTypes: row.event_types,
  agent: row.agent,
  intent: row.intent,
  brand: row.brand ?? undefined,
  input: row.input,
  isEnabled: row.disabled_at === null,
  createdBy: row.created_by,
  createdAt: row.created_at,
})

/** Every trigger of the organization, by name. */
export async function listTriggers(tx: TenantTx): Promise<readonly Trigger[]> {
  return (await select(tx).execute()).map(toTrigger)
}

export async function findTrigger(
  tx: TenantTx,
  by: { readonly id: TriggerId } | { readonly name: string },
): Promise<Trigger | undefined> {
  const row = await select(tx)
    .where((eb) => ('id' in by ? eb('t.id', '=', by.id) : eb('t.name', '=', by.name)))
    .executeTakeFirst()
  return row && toTrigger(row)
}

/** The triggers that an event of this connection sets off. */
export async function listMatching(
  tx: TenantTx,
  { connectionId, eventType }: { readonly connectionId: ConnectionId; readonly eventType: string },
): Promise<readonly Trigger[]> {
  const groups = eventType.split('.').map((_part, index, parts) => `${parts.slice(0, index + 1).join('.')}.*`)
  const filters = [eventType, ...groups, '*']
  const rows = await select(tx)
    .where('t.connection_id', '=', connectionId)
    .where('t.disabled_at', 'is', null)
    .where(sql<boolean>`t.event_types && array[${sql.join(filters)}]::text[]`)
    .execute()
  return rows.map(toTrigger)
}

type Stored = Omit<SetTrigger, 'brand'> & { readonly brandId: BrandId | undefined }

const columnsOf = (trigger: Stored) => ({
  name: trigger.name,
  connection_id: trigger.connectionId,
  event_types: [...trigger.eventTypes],
  agent: trigger.agent,
  intent: trigger.intent,
  brand_id: trigger.brandId ?? null,
  input: jsonb(trigger.input),
})

export async function insertTrigger(
  tx: TenantTx,
  { id, createdBy, ...trigger }: Stored & { readonly id: TriggerId; readonly createdBy: string },
): Promise<void> {
  await tx
    .insertInto('trigger_configs')
    .values({
      organization_id: tx.organizationId,
      id,
      ...columnsOf(trigger),
      disabled_at: trigger.isEnabled ? null : sql<Date>`now()`,
      created_by: createdBy,
    })
    .execute()
}

export async function updateTrigger(tx: TenantTx, id: TriggerId, trigger: Stored): Promise<void> {
  await tx
    .updateTable('trigger_configs')
    .set({
      ...columnsOf(trigger),
      disabled_at: trigger.isEnabled ? null : sql<Date>`coalesce(disabled_at, now())`,
      updated_at: sql<Date>`now()`,
    })
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', id)
    .execute()
}

export async function deleteTrigger(tx: TenantTx, id: TriggerId): Promise<void> {
  await tx.deleteFrom('trigger_configs').where('organization_id', '=', tx.organizationId).where('id', '=', id).execute()
}
