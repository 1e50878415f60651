import { routes } from '@neonhub/contract'
import { markAllRead } from '../../../../../notifications/index.ts'
import { implement } from '../../../../implement.ts'
import { notificationReader } from '../../../../notification-reader.ts'

export const readAllNotifications = implement(routes.readAllNotifications)(async ({ parts, caller, inTenant }) => {
  const reader = await notificationReader(parts.database, caller)
  return { status: 200, body: { read: await inTenant((tx) => markAllRead(tx, reader)) } }
})
