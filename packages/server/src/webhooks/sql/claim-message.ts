import { asId, type WebhookAttemptId, type WebhookEndpointId, type WebhookMessageId } from '../../base/ids.ts'
import { sql, type TenantTx } from '../../db/index.ts'
import { listSecrets, type SealedSecret } from './secrets.ts'

/** A message in hand, with its attempt on record. */
export interface ClaimedMessage {
  readonly id: WebhookMessageId
  readonly endpointId: WebhookEndpointId
  readonly attemptId: WebhookAttemptId
  readonly url: string
  readonly body: string
  /** How often it was sent, this time included. */
  readonly number: number
  /** How often since it was last asked for, this time included. */
  readonly round: number
  readonly secrets: readonly SealedSecret[]
}

/**
 * Takes the endpoint's message that has been due for longest, and writes the attempt before it leaves. Undefined where
 * none is due, where `inFlight` of them are under way in the whole fleet, or where the endpoint is disabled or gone.
 * One whose process died comes again once its lease is over: under the same id, which the receiver knows it by.
 */
export async function claimMessage(
  tx: TenantTx,
  {
    endpointId,
    attemptId,
    inFlight,
    leaseMs,
  }: {
    readonly endpointId: WebhookEndpointId
    readonly attemptId: WebhookAttemptId
    readonly inFlight: number
    readonly leaseMs: number
  },
): Promise<ClaimedMessage | undefined> {
  // Workers count one after another; writers of new messages, who reference the row, are not held up by this lock.
  const endpoints = await sql<{ url: string }>`
    select url from webhook_endpoints
    where organization_id = ${tx.organizationId} and id = ${endpointId} and disabled_at is null
    for no key update
  `.execute(tx)
  const [endpoint] = endpoints.rows
  if (!endpoint) return undefined
  const { rows } = await sql<{ id: string; body: string; number: number; round: number }>`
    with due as (
      select id from webhook_messages
      where organization_id = ${tx.organizationId} and endpoint_id = ${endpointId}
        and (
          status = 'pending' and next_at <= clock_timestamp()
          or status = 'sending' and lease_until <= clock_timestamp()
        )
        and (
          select count(*) from webhook_messages
          where organization_id = ${tx.organizationId} and endpoint_id = ${endpointId}
            and status = 'sending' and lease_until > clock_timestamp()
        ) < ${inFlight}
      order by next_at, id limit 1
      for update
    )
    update webhook_messages m
    set status = 'sending', attempts = attempts + 1, updated_at = now(),
      lease_until = clock_timestamp() + make_interval(secs => ${leaseMs / 1000}::float8)
    from due
    where m.organization_id = ${tx.organizationId} and m.id = due.id
    returning m.id, m.body, m.attempts as number, m.attempts - m.earlier_attempts as round
  `.execute(tx)
  const [message] = rows
  if (!message) return undefined
  await tx
    .insertInto('webhook_attempts')
    .values({
      organization_id: tx.organizationId,
      id: attemptId,
      message_id: message.id,
      number: message.number,
      url: endpoint.url,
    })
    .execute()
  return {
    ...message,
    id: asId(message.id),
    endpointId,
    attemptId,
    url: endpoint.url,
    secrets: await listSecrets(tx, endpointId),
  }
}
