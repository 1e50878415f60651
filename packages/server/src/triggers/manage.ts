import { NeonHubError } from '../base/errors.ts'
import { type DeliveryId, type JobId, newId, type TriggerId } from '../base/ids.ts'
import { connectors } from '../connectors/index.ts'
import type { TenantTx } from '../db/index.ts'
import { addJob } from '../queue/index.ts'
import { type Agent, findIntent, getBrandId, listConnections } from '../runtime/index.ts'
import type { SetTrigger, Trigger } from './spec.ts'
import { findTrigger, insertTrigger, updateTrigger } from './sql/configs.ts'
import { findDelivery, reopenDelivery } from './sql/deliveries.ts'
import { deleteFailedFirings } from './sql/firings.ts'

/**
 * Adds a trigger, or with `id` sets one anew. Throws `triggers.trigger_not_found`, `triggers.name_taken`,
 * `triggers.connection_unknown`, `triggers.brand_missing`, and what `findIntent` and `getBrandId` throw.
 */
export async function setTrigger(
  tx: TenantTx,
  agents: ReadonlyMap<string, Agent>,
  { id, createdBy, ...trigger }: SetTrigger & { readonly id?: TriggerId; readonly createdBy: string },
): Promise<Trigger> {
  if (id !== undefined) await getTrigger(tx, id)
  const intent = getIntent(agents, trigger)
  if (intent.needsBrand && trigger.brand === undefined) {
    throw new NeonHubError('triggers.brand_missing', `${trigger.agent} ${trigger.intent} works for a brand`, {
      kind: 'invalid',
      hint: 'Name one in "brand". `neonhub brand list` shows them.',
    })
  }
  await assertTellsOfEvents(tx, trigger)
  const named = await findTrigger(tx, { name: trigger.name })
  if (named && named.id !== id) {
    throw new NeonHubError('triggers.name_taken', `There is a trigger named "${trigger.name}" already`, {
      kind: 'conflict',
      hint: 'Choose another name, or change that one.',
    })
  }
  const { brand, ...rest } = trigger
  const stored = { ...rest, brandId: brand === undefined ? undefined : await getBrandId(tx, brand) }
  const triggerId: TriggerId = id ?? newId()
  await (id === undefined
    ? insertTrigger(tx, { ...stored, id: triggerId, createdBy })
    : updateTrigger(tx, triggerId, stored))
  return getTrigger(tx, triggerId)
}

/** What the body of a request names wrongly is a fault of the body: 404 is for what the address names. */
function getIntent(agents: ReadonlyMap<string, Agent>, trigger: SetTrigger) {
  try {
    return findIntent(agents, trigger).intent
  } catch (error) {
    if (!(error instanceof NeonHubError) || error.kind !== 'not_found') throw error
    const { code, message, hint } = error
    throw new NeonHubError(code, message, { kind: 'invalid', cause: error, ...(hint === undefined ? {} : { hint }) })
  }
}

async function assertTellsOfEvents(tx: TenantTx, { connectionId }: SetTrigger): Promise<void> {
  const connection = (await listConnections(tx)).find(({ id }) => id === connectionId)
  if (!connection) {
    throw new NeonHubError('triggers.connection_unknown', 'There is no such connection', {
      kind: 'invalid',
      hint: 'neonhub connections lists them.',
    })
  }
  if (Object.keys(connectors.get(connection.connector)?.triggers ?? {}).length > 0) return
  const able = [...connectors.values()].filter(({ triggers }) => triggers).map(({ id }) => id)
  throw new NeonHubError('triggers.connection_unknown', `A connection of ${connection.connector} tells of no events`, {
    kind: 'invalid',
    hint: `Name one of ${able.join(' or ')}.`,
  })
}

/** Throws `triggers.trigger_not_found`, for a foreign id as for an absent one. */
export async function getTrigger(tx: TenantTx, id: TriggerId): Promise<Trigger> {
  const trigger = await findTrigger(tx, { id })
  if (trigger) return trigger
  throw new NeonHubError('triggers.trigger_not_found', 'There is no such trigger', {
    kind: 'not_found',
    hint: 'neonhub webhooks triggers lists them.',
  })
}

/**
 * Has an event worked again that failed or that no trigger took, by the triggers as they are now; runs that it started
 * are not started again. Returns the job to dispatch. Throws `triggers.delivery_not_found`, `triggers.delivery_settled`.
 */
export async function retryDelivery(tx: TenantTx, id: DeliveryId): Promise<JobId> {
  const delivery = await findDelivery(tx, id, { lock: true })
  if (!delivery) {
    throw new NeonHubError('triggers.delivery_not_found', 'There is no such delivery', {
      kind: 'not_found',
      hint: 'neonhub webhooks deliveries lists them.',
    })
  }
  if (!(await reopenDelivery(tx, id))) {
    throw new NeonHubError(
      'triggers.delivery_settled',
      `The delivery is ${delivery.status}: nothing is to be retried`,
      {
        kind: 'conflict',
        hint: `neonhub webhooks deliveries show ${id} tells what came of it.`,
      },
    )
  }
  await deleteFailedFirings(tx, id)
  return addJob(tx, { queue: 'webhook.in', payload: { deliveryId: id } })
}
