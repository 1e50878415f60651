import type { RecordedError } from '../../base/errors.ts'
import { asId, type DeliveryId, type RunId, type TriggerId } from '../../base/ids.ts'
import { jsonb, sql, type TenantTx } from '../../db/index.ts'
import type { Firing, Trigger } from '../spec.ts'

/** Writes what a trigger will ask for, or why it cannot; what was written before stays as it is. */
export async function planFiring(
  tx: TenantTx,
  deliveryId: DeliveryId,
  {
    trigger,
    ...filled
  }: { readonly trigger: Trigger } & ({ readonly input: unknown } | { readonly error: RecordedError }),
): Promise<void> {
  await tx
    .insertInto('trigger_firings')
    .values({
      organization_id: tx.organizationId,
      delivery_id: deliveryId,
      trigger_id: trigger.id,
      status: 'error' in filled ? 'failed' : 'planned',
      agent: trigger.agent,
      intent: trigger.intent,
      brand: trigger.brand ?? null,
      input: 'error' in filled ? null : jsonb(filled.input),
      error: 'error' in filled ? jsonb(filled.error) : null,
    })
    .onConflict((conflict) => conflict.columns(['organization_id', 'delivery_id', 'trigger_id']).doNothing())
    .execute()
}

/** What the triggers made of an event. */
export async function listFirings(tx: TenantTx, deliveryId: DeliveryId): Promise<readonly Firing[]> {
  const rows = await tx
    .selectFrom('trigger_firings as f')
    .innerJoin('trigger_configs as t', (join) =>
      join.onRef('t.organization_id', '=', 'f.organization_id').onRef('t.id', '=', 'f.trigger_id'),
    )
    .selectAll('f')
    .select(['t.name', 't.created_by'])
    .where('f.organization_id', '=', tx.organizationId)
    .where('f.delivery_id', '=', deliveryId)
    .orderBy('f.trigger_id')
    .execute()
  return rows.map((row) => ({
    triggerId: asId(row.trigger_id),
    trigger: row.name,
    createdBy: row.created_by,
    status: row.status,
    agent: row.agent,
    intent: row.intent,
    brand: row.brand ?? undefined,
    input: row.input,
    runId: row.run_id === null ? undefined : asId(row.run_id),
    // Written by `recordError` alone.
    error: (row.error as RecordedError | null) ?? undefined,
  }))
}

/** Writes what came of a planned firing. */
export async function settleFiring(
  tx: TenantTx,
  { deliveryId, triggerId }: { readonly deliveryId: DeliveryId; readonly triggerId: TriggerId },
  outcome: { readonly runId: RunId } | { readonly error: RecordedError },
): Promise<void> {
  await tx
    .updateTable('trigger_firings')
    .set({
      status: 'runId' in outcome ? 'started' : 'failed',
      run_id: 'runId' in outcome ? outcome.runId : null,
      error: 'runId' in outcome ? null : jsonb(outcome.error),
      updated_at: sql<Date>`now()`,
    })
    .where('organization_id', '=', tx.organizationId)
    .where('delivery_id', '=', deliveryId)
    .where('trigger_id', '=', triggerId)
    .where('status', '=', 'planned')
    .execute()
}

/** Forgets what started no run, so that it is planned anew from the triggers as they are now. */
export async function deleteFailedFirings(tx: TenantTx, deliveryId: DeliveryId): Promise<void> {
  await tx
    .deleteFrom('trigger_firings')
    .where('organization_id', '=', tx.organizationId)
    .where('delivery_id', '=', deliveryId)
    .where('status', '=', 'failed')
    .execute()
}
