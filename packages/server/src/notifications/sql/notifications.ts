import { sql, type TenantTx } from '../../db/index.ts'
import type { NotificationKind } from '../spec.ts'

/** Whose view it is: what they may see, and as whom they have read. */
export interface NotificationReader {
  /** `user:ID`, `api_key:ID` or `cli`. */
  readonly name: string
  /** The kinds that they may see and have not muted. */
  readonly kinds: readonly NotificationKind[]
}

/** Something that asks for a person, as one reader sees it. */
export interface Notification {
  readonly id: string
  readonly kind: NotificationKind
  readonly subjectId: string
  readonly facts: Readonly<Record<string, unknown>>
  /** How often it happened since it was last resolved. */
  readonly count: number
  readonly firstAt: Date
  readonly lastAt: Date
  readonly resolvedAt: Date | undefined
  /** Whether the reader has yet to look: it happened since they read it, and is not resolved. */
  readonly isUnread: boolean
}

interface NotificationRow extends Omit<Notification, 'resolvedAt'> {
  readonly resolvedAt: Date | null
  readonly cursor: string
}

const toNotification = ({
  id,
  kind,
  subjectId,
  facts,
  count,
  firstAt,
  lastAt,
  resolvedAt,
  isUnread,
}: NotificationRow): Notification => ({
  id,
  kind,
  subjectId,
  facts,
  count,
  firstAt,
  lastAt,
  resolvedAt: resolvedAt ?? undefined,
  isUnread,
})

const unread = sql`(n.resolved_at is null and (r.seen_at is null or r.seen_at < n.last_at))`

const seenBy = (tx: TenantTx, { name, kinds }: NotificationReader) => sql`
  from notifications n
  left join notification_reads r
    on r.organization_id = n.organization_id and r.notification_id = n.id and r.reader = ${name}
  where n.organization_id = ${tx.organizationId} and n.kind = any (${kinds}::text[]::notification_kind[])`

/**
 * A reader's notifications, what happened last first: at most `limit`, older than the cursor `before` of an earlier page.
 * `unread` counts all of theirs, of whatever page.
 */
export async function listNotifications(
  tx: TenantTx,
  reader: NotificationReader,
  {
    unreadOnly,
    limit,
    before,
  }: { readonly unreadOnly: boolean; readonly limit: number; readonly before: string | undefined },
): Promise<{
  readonly notifications: readonly Notification[]
  readonly nextBefore: string | undefined
  readonly unread: number
}> {
  // Microseconds, since a Date would lose what tells two of one millisecond apart.
  const [micros = null, id = null] = before?.split('.') ?? []
  const { rows } = await sql<NotificationRow>`
    select n.id, n.kind, n.subject_id as "subjectId", n.facts, n.count, n.first_at as "firstAt", n.last_at as "lastAt",
      n.resolved_at as "resolvedAt", ${unread} as "isUnread",
      (extract(epoch from n.last_at) * 1000000)::bigint || '.' || n.id as cursor
    ${seenBy(tx, reader)} and (not ${unreadOnly}::boolean or ${unread})
      and (${micros}::bigint is null
        or (n.last_at, n.id) < ('epoch'::timestamptz + ${micros}::bigint * interval '1 microsecond', ${id}::uuid))
    order by n.last_at desc, n.id desc limit ${limit + 1}
  `.execute(tx)
  const { rows: counts } = await sql<{ unread: number }>`
    select count(*)::int as unread ${seenBy(tx, reader)} and ${unread}
  `.execute(tx)
  const page = rows.slice(0, limit)
  return {
    notifications: page.map(toNotification),
    nextBefore: rows.length > limit ? page.at(-1)?.cursor : undefined,
    unread: counts[0]?.unread ?? 0,
  }
}

/** Marks one as read, as it stands now. False where the reader has no such notification. */
export async function markRead(tx: TenantTx, reader: NotificationReader, id: string): Promise<boolean> {
  const { rows } = await sql`select ${seenBy(tx, reader)} and n.id = ${id}`.execute(tx)
  if (rows.length === 0) return false
  await writeReads(tx, reader, sql`n.id = ${id}`)
  return true
}

/** Marks all of the reader's as read, as they stand now. Returns how many were unread. */
export async function markAllRead(tx: TenantTx, reader: NotificationReader): Promise<number> {
  return writeReads(tx, reader, sql`true`)
}

async function writeReads(tx: TenantTx, reader: NotificationReader, which: ReturnType<typeof sql>): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    insert into notification_reads (organization_id, notification_id, reader, seen_at)
      select n.organization_id, n.id, ${reader.name}, n.last_at ${seenBy(tx, reader)} and ${unread} and ${which}
    on conflict (organization_id, notification_id, reader) do update
      set seen_at = greatest(notification_reads.seen_at, excluded.seen_at)
  `.execute(tx)
  return Number(numAffectedRows)
}
