import { z } from 'zod'
import { NeonHubError, recordError } from '../base/errors.ts'
import { asId, type DeliveryId, type OrganizationId } from '../base/ids.ts'
import { type Database, isOutage, type TenantTx, withTenant } from '../db/index.ts'
import { addJob, type JobHandler, type Queue } from '../queue/index.ts'
import type { Runtime } from '../runtime/index.ts'
import { fillInput } from './fill-input.ts'
import type { Delivery, Firing } from './spec.ts'
import { listMatching } from './sql/configs.ts'
import { findDelivery, takeDelivery, updateDelivery } from './sql/deliveries.ts'
import { listFirings, planFiring, settleFiring } from './sql/firings.ts'

export interface IntakeParts {
  readonly database: Database
  readonly queue: Pick<Queue, 'dispatch'>
  readonly runtime: Pick<Runtime, 'startRun'>
}

const Payload = z.object({ deliveryId: z.uuid() })

/** How often an accident is tried again before the delivery counts as failed. */
const mostAttempts = 8
const firstWaitMs = 5_000

/**
 * The handler of the queue `webhook.in`: each event that came in starts what its triggers ask for. Events say nothing of
 * each other, so it does not matter in which order they come. What is to be asked is written before it is asked, and a
 * run's idempotency key names trigger and event: killed anywhere and tried again, each starts one run.
 */
export function createIntake(parts: IntakeParts): JobHandler {
  return async ({ organizationId, payload }) => {
    const deliveryId: DeliveryId = asId(Payload.parse(payload).deliveryId)
    try {
      await work(parts, { organizationId, deliveryId })
    } catch (error) {
      // A database that is away cannot be told; whoever looks after deliveries finds this one.
      if (!isOutage(error)) await postpone(parts, { organizationId, deliveryId, error })
      throw error
    }
  }
}

interface Place {
  readonly organizationId: OrganizationId
  readonly deliveryId: DeliveryId
}

async function work({ database, runtime }: IntakeParts, { organizationId, deliveryId }: Place): Promise<void> {
  const planned = await withTenant(database, organizationId, async (tx) => {
    const delivery = await findDelivery(tx, deliveryId, { lock: true })
    if (delivery?.status !== 'pending') return undefined
    await plan(tx, delivery)
    return listFirings(tx, deliveryId)
  })
  if (!planned) return
  for (const firing of planned) {
    if (firing.status === 'planned') await fire({ database, runtime }, { organizationId, deliveryId, firing })
  }
  await withTenant(database, organizationId, async (tx) => {
    const firings = await listFirings(tx, deliveryId)
    const hasFailed = firings.some(({ status }) => status === 'failed')
    const status = hasFailed ? 'failed' : firings.length === 0 ? 'ignored' : 'processed'
    await updateDelivery(tx, deliveryId, { status })
  })
}

async function plan(tx: TenantTx, delivery: Delivery & { readonly data: unknown }): Promise<void> {
  const { eventId: id, eventType: type, occurredAt, data } = delivery
  for (const trigger of await listMatching(tx, { connectionId: delivery.connectionId, eventType: type })) {
    await planFiring(tx, delivery.id, {
      trigger,
      ...fill(() => fillInput(trigger.input, { id, type, occurredAt: occurredAt.toISOString(), data })),
    })
  }
}

function fill(work: () => unknown) {
  try {
    return { input: work() }
  } catch (error) {
    if (error instanceof NeonHubError) return { error: recordError(error) }
    throw error
  }
}

/** What a person must set right: trying the same again would end the same. */
const settled: ReadonlySet<NeonHubError['kind']> = new Set(['invalid', 'not_found', 'conflict', 'forbidden'])

async function fire(
  { database, runtime }: Pick<IntakeParts, 'database' | 'runtime'>,
  { organizationId, deliveryId, firing }: Place & { readonly firing: Firing },
): Promise<void> {
  const { triggerId, createdBy, agent, intent, brand, input } = firing
  const request = {
    agent,
    intent,
    input,
    requestedBy: `trigger:${triggerId} of ${createdBy}`,
    tainted: true,
    idempotencyKey: `trigger:${triggerId}:${deliveryId}`,
    ...(brand === undefined ? {} : { brand }),
  }
  const outcome = await runtime.startRun(organizationId, request).then(
    ({ runId }) => ({ runId }),
    (error: unknown) => {
      if (error instanceof NeonHubError && settled.has(error.kind)) return { error: recordError(error) }
      throw error
    },
  )
  await withTenant(database, organizationId, (tx) => settleFiring(tx, { deliveryId, triggerId }, outcome))
}

async function postpone(
  { database }: IntakeParts,
  { organizationId, deliveryId, error }: Place & { readonly error: unknown },
): Promise<void> {
  await withTenant(database, organizationId, async (tx) => {
    const delivery = await findDelivery(tx, deliveryId, { lock: true })
    if (!delivery) return
    const isLast = delivery.attempts >= mostAttempts
    await updateDelivery(tx, deliveryId, {
      status: isLast ? 'failed' : 'pending',
      error: recordError(error),
      waitMs: firstWaitMs * 2 ** delivery.attempts,
    })
  })
}

/** Gives a delivery that nobody works to a new job. */
export async function wakeDelivery(
  { database, queue }: Pick<IntakeParts, 'database' | 'queue'>,
  organizationId: OrganizationId,
  deliveryId: DeliveryId,
): Promise<void> {
  const jobId = await withTenant(database, organizationId, async (tx) =>
    (await takeDelivery(tx, deliveryId)) ? addJob(tx, { queue: 'webhook.in', payload: { deliveryId } }) : undefined,
  )
  if (jobId) await queue.dispatch(organizationId, jobId, 'webhook.in')
}
