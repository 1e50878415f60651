import { asId, type WebhookEndpointId } from '../../base/ids.ts'
import { sql, type TenantTx } from '../../db/index.ts'
import { resolveNotifications } from '../../notifications/index.ts'
import type { SetEndpoint, WebhookEndpoint } from '../spec.ts'

interface EndpointRow {
  readonly id: string
  readonly url: string
  readonly event_types: string[]
  readonly description: string
  readonly disabled_at: Date | null
  readonly disabled_reason: string | null
  readonly failing_since: Date | null
  readonly earlier_secret_until: Date | null
  readonly pending: number
  readonly created_by: string
  readonly created_at: Date
}

const toEndpoint = (row: EndpointRow): WebhookEndpoint => ({
  id: asId(row.id),
  url: row.url,
  eventTypes: row.event_types,
  description: row.description,
  disabledAt: row.disabled_at ?? undefined,
  disabledReason: row.disabled_reason ?? undefined,
  failingSince: row.failing_since ?? undefined,
  earlierSecretUntil: row.earlier_secret_until ?? undefined,
  pending: row.pending,
  createdBy: row.created_by,
  createdAt: row.created_at,
})

const read = (tx: TenantTx, id: WebhookEndpointId | undefined) => sql<EndpointRow>`
  select e.id, e.url, e.event_types, e.description, e.disabled_at, e.disabled_reason, e.failing_since, e.created_by,
    e.created_at,
    (
      select max(s.expires_at) from webhook_secrets s
      where s.organization_id = e.organization_id and s.endpoint_id = e.id and s.expires_at > now()
    ) as earlier_secret_until,
    (
      select count(*)::int from webhook_messages m
      where m.organization_id = e.organization_id and m.endpoint_id = e.id and m.status in ('pending', 'sending')
    ) as pending
  from webhook_endpoints e
  where e.organization_id = ${tx.organizationId} and (${id ?? null}::uuid is null or e.id = ${id ?? null})
  order by e.id desc
`

/** Every endpoint of the organization, newest first. */
export async function listEndpoints(tx: TenantTx): Promise<readonly WebhookEndpoint[]> {
  return (await read(tx, undefined).execute(tx)).rows.map(toEndpoint)
}

export async function findEndpoint(tx: TenantTx, id: WebhookEndpointId): Promise<WebhookEndpoint | undefined> {
  const [row] = (await read(tx, id).execute(tx)).rows
  return row && toEndpoint(row)
}

export async function insertEndpoint(
  tx: TenantTx,
  { id, url, eventTypes, description, createdBy }: SetEndpoint & { readonly id: string; readonly createdBy: string },
): Promise<void> {
  await tx
    .insertInto('webhook_endpoints')
    .values({
      organization_id: tx.organizationId,
      id,
      url,
      event_types: [...eventTypes],
      description,
      created_by: createdBy,
    })
    .execute()
}

/** Changes an endpoint; false where there is none of this id. */
export async function updateEndpoint(
  tx: TenantTx,
  id: WebhookEndpointId,
  change: SetEndpoint | { readonly disabledReason: string | undefined },
): Promise<boolean> {
  const update = tx
    .updateTable('webhook_endpoints')
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', id)
    .set({ updated_at: sql<Date>`now()` })
  const { numUpdatedRows } = await (
    'url' in change
      ? update.set({ url: change.url, event_types: [...change.eventTypes], description: change.description })
      : update.set({
          disabled_at: change.disabledReason === undefined ? null : sql<Date>`coalesce(disabled_at, now())`,
          disabled_reason: change.disabledReason ?? null,
          failing_since: null,
          woken_at: null,
        })
  ).executeTakeFirst()
  if ('disabledReason' in change) await resolveNotifications(tx, ['webhook_disabled'], id)
  return numUpdatedRows > 0n
}

export async function deleteEndpoint(tx: TenantTx, id: WebhookEndpointId): Promise<void> {
  await resolveNotifications(tx, ['webhook_disabled'], id)
  await tx
    .deleteFrom('webhook_endpoints')
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', id)
    .execute()
}

/** How long a job has the endpoint's messages before another is thought of: longer than a job lasts. */
const wokenSeconds = 90

/** Takes the endpoint's messages in hand for a new job; false where one has them, or where nothing is sent there. */
export async function takeEndpoint(tx: TenantTx, id: WebhookEndpointId): Promise<boolean> {
  const { rows } = await sql`
    update webhook_endpoints set woken_at = clock_timestamp()
    where organization_id = ${tx.organizationId} and id = ${id} and disabled_at is null
      and (woken_at is null or woken_at < clock_timestamp() - make_interval(secs => ${wokenSeconds}))
    returning id
  `.execute(tx)
  return rows.length > 0
}

/** Lets go of the endpoint's messages at the end of a job. */
export async function letGoOfEndpoint(tx: TenantTx, id: WebhookEndpointId): Promise<void> {
  await tx
    .updateTable('webhook_endpoints')
    .set({ woken_at: null })
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', id)
    .execute()
}
