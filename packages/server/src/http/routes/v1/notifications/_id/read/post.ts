import { routes } from '@neonhub/contract'
import { markRead } from '../../../../../../notifications/index.ts'
import { implement } from '../../../../../implement.ts'
import { orNotFound } from '../../../../../lists.ts'
import { notificationReader } from '../../../../../notification-reader.ts'

export const readNotification = implement(routes.readNotification)(async ({ parts, caller, params, inTenant }) => {
  const reader = await notificationReader(parts.database, caller)
  const isRead = await inTenant((tx) => markRead(tx, reader, params.id))
  orNotFound(isRead || undefined, 'notification')
  return { status: 200, body: { id: params.id } }
})
