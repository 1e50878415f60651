import { messageOf } from '../base/errors.ts'
import { asId, type DeliveryId, type OrganizationId } from '../base/ids.ts'
import type { Logger } from '../base/log.ts'
import { type Database, sql } from '../db/index.ts'
import { withSystem } from '../db/system.ts'

/** How many are woken in one pass; the next pass takes the next ones. */
const limit = 200

/**
 * Finds, in all organizations, the events that came in and that nobody works any more: their job was lost, or met an
 * accident and is to be tried again. Hands each to `wake`, which looks again inside the organization.
 */
export async function wakeDeliveries(
  database: Database,
  {
    wake,
    logger,
  }: {
    readonly wake: (organizationId: OrganizationId, deliveryId: DeliveryId) => Promise<void>
    readonly logger: Logger
  },
): Promise<void> {
  const { rows } = await withSystem(database, (tx) =>
    sql<{ organization_id: string; id: string }>`
      select organization_id, id from webhook_deliveries
      where status = 'pending' and check_at <= clock_timestamp() order by check_at limit ${limit}
    `.execute(tx),
  )
  for (const row of rows) {
    const deliveryId: DeliveryId = asId(row.id)
    await wake(asId(row.organization_id), deliveryId).catch((error: unknown) =>
      logger.warn({ deliveryId, error: messageOf(error) }, 'An event could not be woken; the next pass tries again'),
    )
  }
}
