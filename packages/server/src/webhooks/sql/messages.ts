import { asId, type WebhookEndpointId, type WebhookMessageId } from '../../base/ids.ts'
import { sql, type TenantTx } from '../../db/index.ts'
import type { WebhookAttempt, WebhookMessage, WebhookStatus } from '../spec.ts'

/** The enabled endpoints that listen to an event: by its name, by its group, or to everything. */
export async function listListeners(tx: TenantTx, type: string): Promise<readonly WebhookEndpointId[]> {
  const filters = [type, `${type.slice(0, type.indexOf('.'))}.*`, '*']
  const { rows } = await sql<{ id: string }>`
    select id from webhook_endpoints
    where organization_id = ${tx.organizationId} and disabled_at is null
      and event_types && array[${sql.join(filters)}]::text[]
    order by id
  `.execute(tx)
  return rows.map(({ id }) => asId(id))
}

export interface NewMessage {
  readonly id: WebhookMessageId
  readonly endpointId: WebhookEndpointId
  readonly type: string
  readonly body: string
}

/** Writes messages that are due at once. */
export async function insertMessages(tx: TenantTx, messages: readonly NewMessage[]): Promise<void> {
  await tx
    .insertInto('webhook_messages')
    .values(
      messages.map(({ id, endpointId, type, body }) => ({
        organization_id: tx.organizationId,
        id,
        endpoint_id: endpointId,
        event_type: type,
        body,
        next_at: sql<Date>`clock_timestamp()`,
      })),
    )
    .execute()
}

const columns = [
  'id',
  'endpoint_id',
  'event_type',
  'status',
  'attempts',
  'next_at',
  'finished_at',
  'created_at',
] as const

interface MessageRow {
  readonly id: string
  readonly endpoint_id: string
  readonly event_type: string
  readonly status: WebhookStatus
  readonly attempts: number
  readonly next_at: Date
  readonly finished_at: Date | null
  readonly created_at: Date
}

const toMessage = (row: MessageRow): WebhookMessage => ({
  id: asId(row.id),
  endpointId: asId(row.endpoint_id),
  eventType: row.event_type,
  status: row.status,
  attempts: row.attempts,
  nextAt: row.status === 'pending' ? row.next_at : undefined,
  finishedAt: row.finished_at ?? undefined,
  createdAt: row.created_at,
})

/** Messages, newest first: at most `limit`, all older than `before`. */
export async function listMessages(
  tx: TenantTx,
  {
    limit,
    before,
    endpointId,
    status,
  }: {
    readonly limit: number
    readonly before?: string | undefined
    readonly endpointId?: WebhookEndpointId | undefined
    readonly status?: WebhookStatus | undefined
  },
): Promise<readonly WebhookMessage[]> {
  let query = tx
    .selectFrom('webhook_messages')
    .select(columns)
    .where('organization_id', '=', tx.organizationId)
    .orderBy('id', 'desc')
    .limit(limit)
  if (before !== undefined) query = query.where('id', '<', before)
  if (endpointId !== undefined) query = query.where('endpoint_id', '=', endpointId)
  if (status !== undefined) query = query.where('status', '=', status)
  return (await query.execute()).map(toMessage)
}

/** A message with its bytes and its attempts, newest first. */
export async function findMessage(
  tx: TenantTx,
  id: WebhookMessageId,
): Promise<(WebhookMessage & { readonly body: string; readonly history: readonly WebhookAttempt[] }) | undefined> {
  const row = await tx
    .selectFrom('webhook_messages')
    .select([...columns, 'body'])
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', id)
    .executeTakeFirst()
  if (!row) return undefined
  return { ...toMessage(row), body: row.body, history: await listAttempts(tx, id) }
}

async function listAttempts(tx: TenantTx, id: WebhookMessageId): Promise<readonly WebhookAttempt[]> {
  const rows = await tx
    .selectFrom('webhook_attempts')
    .selectAll()
    .where('organization_id', '=', tx.organizationId)
    .where('message_id', '=', id)
    .orderBy('number', 'desc')
    .limit(100)
    .execute()
  return rows.map((row) => ({
    id: asId(row.id),
    number: row.number,
    url: row.url,
    startedAt: row.started_at,
    durationMs: row.duration_ms ?? undefined,
    statusCode: row.status_code ?? undefined,
    answer: row.answer ?? undefined,
    error: row.error ?? undefined,
  }))
}

/** Begins a message that is over anew, under its id. False where it is not over. */
export async function renewMessage(tx: TenantTx, id: WebhookMessageId): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('webhook_messages')
    .set((eb) => ({
      status: 'pending',
      earlier_attempts: eb.ref('attempts'),
      next_at: sql<Date>`clock_timestamp()`,
      finished_at: null,
      updated_at: sql<Date>`now()`,
    }))
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', id)
    .where('status', 'in', ['delivered', 'failed'])
    .executeTakeFirst()
  return numUpdatedRows > 0n
}
