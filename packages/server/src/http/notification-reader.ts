import { notificationEvents, notificationKinds } from '@neonhub/contract'
import type { Database } from '../db/index.ts'
import { type Caller, getUserSettings } from '../identity/index.ts'
import type { NotificationReader } from '../notifications/index.ts'

/** What a caller is told of: the kinds that their permissions let them see at this moment, without what they muted. */
export async function notificationReader(database: Database, caller: Caller): Promise<NotificationReader> {
  const ways = caller.user && (await getUserSettings(database, caller.user.id)).notifications
  const kinds = notificationEvents.filter(
    (kind) => caller.permissions.has(notificationKinds[kind].permission) && ways?.[kind].inApp !== false,
  )
  return { name: caller.name, kinds }
}
