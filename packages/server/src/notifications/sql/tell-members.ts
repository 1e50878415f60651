import type { JsonObject } from '../../base/json.ts'
import { jsonb, sql, type TenantTx } from '../../db/index.ts'
import type { NotificationKind } from '../spec.ts'

/**
 * Writes that something asks for a person, in the transaction of its cause. The same thing told again is the same row: it
 * counts, and is unread again. `facts` are names and states, and nothing that agents or outsiders wrote.
 */
export async function tellMembers(
  tx: TenantTx,
  kind: NotificationKind,
  { subjectId, facts }: { readonly subjectId: string; readonly facts: JsonObject },
): Promise<void> {
  await sql`select tell_members(${kind}::notification_kind, ${subjectId}::uuid, ${jsonb(facts)})`.execute(tx)
}

/** Writes that nobody need look at these any more. What was never told of stays untold. */
export async function resolveNotifications(
  tx: TenantTx,
  kinds: readonly NotificationKind[],
  subjectId: string,
): Promise<void> {
  await sql`
    update notifications set resolved_at = clock_timestamp()
    where organization_id = ${tx.organizationId} and resolved_at is null
      and id in (select notification_id(kind, ${subjectId}::uuid) from unnest(${kinds}::text[]::notification_kind[]) kind)
  `.execute(tx)
}
