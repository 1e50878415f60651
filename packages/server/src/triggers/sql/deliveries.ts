import type { RecordedError } from '../../base/errors.ts'
import { asId, type ConnectionId, type DeliveryId } from '../../base/ids.ts'
import type { JsonObject } from '../../base/json.ts'
import { jsonb, sql, type TenantTx } from '../../db/index.ts'
import type { Delivery, DeliveryStatus } from '../spec.ts'

export interface NewDelivery {
  readonly id: DeliveryId
  readonly connectionId: ConnectionId
  readonly trigger: string
  readonly eventId: string
  readonly eventType: string
  readonly occurredAt: Date
  readonly data: JsonObject
}

/** How long a job has to work a delivery before another is thought of, in seconds. */
const patienceSeconds = 60

const checkLater = sql<Date>`clock_timestamp() + make_interval(secs => ${patienceSeconds})`

/** Keeps an event; false where it was kept before. Two at the same instant: the second waits for the first. */
export async function insertDelivery(tx: TenantTx, delivery: NewDelivery): Promise<boolean> {
  const row = await tx
    .insertInto('webhook_deliveries')
    .values({
      organization_id: tx.organizationId,
      id: delivery.id,
      connection_id: delivery.connectionId,
      trigger: delivery.trigger,
      event_id: delivery.eventId,
      event_type: delivery.eventType,
      occurred_at: delivery.occurredAt,
      data: jsonb(delivery.data),
      attempts: 1,
      check_at: checkLater,
    })
    .onConflict((conflict) => conflict.columns(['organization_id', 'connection_id', 'event_id']).doNothing())
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

const select = (tx: TenantTx) =>
  tx
    .selectFrom('webhook_deliveries as d')
    .innerJoin('connector_auths as c', (join) =>
      join.onRef('c.organization_id', '=', 'd.organization_id').onRef('c.id', '=', 'd.connection_id'),
    )
    .select([
      'd.id',
      'd.connection_id',
      'c.name as connection',
      'd.event_id',
      'd.event_type',
      'd.occurred_at',
      'd.status',
      'd.error',
      'd.finished_at',
      'd.created_at',
    ])
    .where('d.organization_id', '=', tx.organizationId)

type DeliveryRow = Awaited<ReturnType<ReturnType<typeof select>['executeTakeFirstOrThrow']>>

const toDelivery = (row: DeliveryRow): Delivery => ({
  id: asId(row.id),
  connectionId: asId(row.connection_id),
  connection: row.connection,
  eventId: row.event_id,
  eventType: row.event_type,
  occurredAt: row.occurred_at,
  status: row.status,
  // Written by `recordError` alone.
  error: (row.error as RecordedError | null) ?? undefined,
  finishedAt: row.finished_at ?? undefined,
  createdAt: row.created_at,
})

/** Events that came in, the newest arrival first. */
export async function listDeliveries(
  tx: TenantTx,
  {
    limit,
    before,
    connectionId,
    status,
  }: {
    readonly limit: number
    readonly before?: string | undefined
    readonly connectionId?: ConnectionId | undefined
    readonly status?: DeliveryStatus | undefined
  },
): Promise<readonly Delivery[]> {
  let query = select(tx).orderBy('d.id', 'desc').limit(limit)
  if (before !== undefined) query = query.where('d.id', '<', before)
  if (connectionId !== undefined) query = query.where('d.connection_id', '=', connectionId)
  if (status !== undefined) query = query.where('d.status', '=', status)
  return (await query.execute()).map(toDelivery)
}

/** One of them with what it says; with `lock`, held until the transaction's end. */
export async function findDelivery(
  tx: TenantTx,
  id: DeliveryId,
  { lock = false }: { readonly lock?: boolean } = {},
): Promise<(Delivery & { readonly trigger: string; readonly data: unknown; readonly attempts: number }) | undefined> {
  let query = select(tx).select(['d.trigger', 'd.data', 'd.attempts']).where('d.id', '=', id)
  if (lock) query = query.forUpdate('d')
  const row = await query.executeTakeFirst()
  return row && { ...toDelivery(row), trigger: row.trigger, data: row.data, attempts: row.attempts }
}

/** Ends a pending delivery, or leaves it for later with the accident that it met. */
export async function updateDelivery(
  tx: TenantTx,
  id: DeliveryId,
  { status, error, waitMs = 0 }: { status: DeliveryStatus; error?: RecordedError | undefined; waitMs?: number },
): Promise<void> {
  await tx
    .updateTable('webhook_deliveries')
    .set({
      status,
      error: error === undefined ? null : jsonb(error),
      finished_at: status === 'pending' ? null : sql<Date>`clock_timestamp()`,
      check_at: sql<Date>`clock_timestamp() + make_interval(secs => ${waitMs / 1000}::float8)`,
      updated_at: sql<Date>`now()`,
    })
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', id)
    .where('status', '=', 'pending')
    .execute()
}

/** Takes a pending delivery in hand for a new job; false where it is over, or a job has it. */
export async function takeDelivery(tx: TenantTx, id: DeliveryId): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('webhook_deliveries')
    .set({ attempts: sql<number>`attempts + 1`, check_at: checkLater, updated_at: sql<Date>`now()` })
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', id)
    .where('status', '=', 'pending')
    .where('check_at', '<=', sql<Date>`clock_timestamp()`)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Makes a delivery that failed, or that nobody took, pending again. False where it is neither. */
export async function reopenDelivery(tx: TenantTx, id: DeliveryId): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('webhook_deliveries')
    .set({
      status: 'pending',
      attempts: 1,
      error: null,
      finished_at: null,
      check_at: checkLater,
      updated_at: sql<Date>`now()`,
    })
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', id)
    .where('status', 'in', ['failed', 'ignored'])
    .executeTakeFirst()
  return numUpdatedRows > 0n
}
