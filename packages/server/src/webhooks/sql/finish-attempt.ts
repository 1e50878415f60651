import { sql, type TenantTx } from '../../db/index.ts'
import { tellMembers } from '../../notifications/index.ts'
import type { ClaimedMessage } from './claim-message.ts'

/** What an attempt came to. */
export interface AttemptOutcome {
  readonly durationMs: number
  readonly statusCode?: number | undefined
  readonly answer?: string | undefined
  readonly error?: string | undefined
}

/** What becomes of the message. */
export type MessageEnd =
  | { readonly status: 'delivered' }
  | { readonly status: 'pending'; readonly waitMs: number }
  | { readonly status: 'failed' }

/**
 * Writes what came of an attempt, and of its message. Where the lease was over and another attempt has begun, that one
 * decides about the message; false then.
 */
export async function finishAttempt(
  tx: TenantTx,
  message: Pick<ClaimedMessage, 'id' | 'attemptId' | 'number'>,
  { outcome, end }: { readonly outcome: AttemptOutcome; readonly end: MessageEnd },
): Promise<boolean> {
  await tx
    .updateTable('webhook_attempts')
    .set({
      duration_ms: Math.round(outcome.durationMs),
      status_code: outcome.statusCode ?? null,
      answer: outcome.answer ?? null,
      error: outcome.error ?? null,
    })
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', message.attemptId)
    .execute()
  const waitMs = end.status === 'pending' ? end.waitMs : 0
  const { numUpdatedRows } = await tx
    .updateTable('webhook_messages')
    .set({
      status: end.status,
      lease_until: null,
      next_at: sql<Date>`clock_timestamp() + make_interval(secs => ${waitMs / 1000}::float8)`,
      finished_at: end.status === 'pending' ? null : sql<Date>`clock_timestamp()`,
      updated_at: sql<Date>`now()`,
    })
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', message.id)
    .where('status', '=', 'sending')
    .where('attempts', '=', message.number)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Keeps since when an endpoint fails, and disables one that has for too long, or for the reason that is given. */
export async function recordEndpointHealth(
  tx: TenantTx,
  endpointId: string,
  health: { readonly isWell: true } | { readonly isWell: false; readonly gone?: string; readonly mostDays: number },
): Promise<void> {
  if (health.isWell) {
    await sql`
      update webhook_endpoints set failing_since = null
      where organization_id = ${tx.organizationId} and id = ${endpointId} and failing_since is not null
    `.execute(tx)
    return
  }
  const reason = health.gone ?? `Every attempt of the last ${health.mostDays} days failed`
  const isOver = sql`(${health.gone !== undefined} or failing_since < now() - make_interval(days => ${health.mostDays}))`
  const { rows } = await sql<{ isDisabled: boolean }>`
    update webhook_endpoints set
      failing_since = coalesce(failing_since, now()),
      disabled_at = case when ${isOver} then now() end,
      disabled_reason = case when ${isOver} then ${reason}::text end,
      updated_at = now()
    where organization_id = ${tx.organizationId} and id = ${endpointId} and disabled_at is null
    returning disabled_at is not null as "isDisabled"
  `.execute(tx)
  if (rows[0]?.isDisabled)
    await tellMembers(tx, 'webhook_disabled', {
      subjectId: endpointId,
      facts: { reason: health.gone === undefined ? 'failing' : 'gone' },
    })
}
