import { messageOf } from '../base/errors.ts'
import { asId, type OrganizationId, type WebhookEndpointId } from '../base/ids.ts'
import type { Logger } from '../base/log.ts'
import { type Database, sql } from '../db/index.ts'
import { withSystem } from '../db/system.ts'

/** How many endpoints are woken in one pass; the next pass takes the next ones. */
const limit = 200
/** As long as a job may have an endpoint in hand; whoever wakes it asks again. */
const wokenSeconds = 90

/**
 * Finds, in all organizations, the endpoints with messages that are due and that no job has in hand, and hands each to
 * `wake`, which looks again inside the organization. Messages are written without a job, so that what causes them pays
 * for one row: this is how they come to the queue, and how they come again after a failure or a worker's death.
 */
export async function wakeWebhooks(
  database: Database,
  {
    wake,
    logger,
  }: {
    readonly wake: (organizationId: OrganizationId, endpointId: WebhookEndpointId) => Promise<void>
    readonly logger: Logger
  },
): Promise<void> {
  const { rows } = await withSystem(database, (tx) =>
    sql<{ organization_id: string; id: string }>`
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
        and (e.woken_at is null or e.woken_at < clock_timestamp() - make_interval(secs => ${wokenSeconds}))
      order by due.next_at limit ${limit}
    `.execute(tx),
  )
  for (const row of rows) {
    const endpointId: WebhookEndpointId = asId(row.id)
    await wake(asId(row.organization_id), endpointId).catch((error: unknown) =>
      logger.warn({ endpointId, error: messageOf(error) }, 'An endpoint could not be woken; the next pass tries again'),
    )
  }
}
