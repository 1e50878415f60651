import { asId, type DeliveryId, type OrganizationId } from '../base/ids.ts'
import { sql } from '../db/index.ts'
import { dueLimit, type DueWork } from './take-up-due.ts'

/** The events that came in and that nobody works any more: their job was lost, or met an accident and is to be tried again. */
export const dueDeliveries = (
  wake: (organizationId: OrganizationId, deliveryId: DeliveryId) => Promise<void>,
): DueWork => ({
  query: sql`
    select organization_id, id from webhook_deliveries
    where status = 'pending' and check_at <= clock_timestamp() order by check_at limit ${sql.lit(dueLimit)}
  `,
  takeUp: (organizationId, id) => wake(organizationId, asId(id)),
  failure: 'An event could not be woken; the next pass tries again',
})
