import { asId, type OrganizationId, type WebhookEndpointId } from '../base/ids.ts'
import { sql } from '../db/index.ts'
import { dueLimit, type DueWork } from './take-up-due.ts'

/** As long as a job may have an endpoint in hand; whoever wakes it asks again. */
const wokenSeconds = 90

/**
 * The endpoints with messages that are due and that no job has in hand. Messages are written without a job, so that what
 * causes them pays for one row: this is how they come to the queue, and how they come again after a failure or a worker's
 * death.
 */
export const dueEndpoints = (
  wake: (organizationId: OrganizationId, endpointId: WebhookEndpointId) => Promise<void>,
): DueWork => ({
  query: sql`
    select e.organization_id, e.id
    from webhook_endpoints e
    cross join lateral (
      select m.next_at from webhook_messages m
      where m.organization_id = e.organization_id and m.endpoint_id = e.id
        and (
          m.status = 'pending' and m.next_at <= clock_timestamp()
          or m.status = 'sending' and m.lease_until <= clock_timestamp()
        )
      order by m.next_at limit 1
    ) as due
    where e.disabled_at is null
      and (e.woken_at is null or e.woken_at < clock_timestamp() - make_interval(secs => ${sql.lit(wokenSeconds)}))
    order by due.next_at limit ${sql.lit(dueLimit)}
  `,
  takeUp: (organizationId, id) => wake(organizationId, asId(id)),
  failure: 'An endpoint could not be woken; the next pass tries again',
})
