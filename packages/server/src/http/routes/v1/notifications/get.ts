import { notificationKinds, routes } from '@neonhub/contract'
import { listNotifications as list } from '../../../../notifications/index.ts'
import { implement } from '../../../implement.ts'
import { notificationReader } from '../../../notification-reader.ts'

export const listNotifications = implement(routes.listNotifications)(async ({ parts, caller, query, inTenant }) => {
  const reader = await notificationReader(parts.database, caller)
  const { unread: unreadOnly, limit, before } = query
  const page = await inTenant((tx) => list(tx, reader, { unreadOnly: unreadOnly === 'true', limit, before }))
  const notifications = page.notifications.map(
    ({ subjectId, firstAt, lastAt, resolvedAt, isUnread: unread, ...rest }) => ({
      ...rest,
      subject: { type: notificationKinds[rest.kind].subject, id: subjectId },
      firstAt: firstAt.toISOString(),
      lastAt: lastAt.toISOString(),
      ...(resolvedAt && { resolvedAt: resolvedAt.toISOString() }),
      unread,
    }),
  )
  const { nextBefore, unread } = page
  return { status: 200, body: { notifications, unread, ...(nextBefore !== undefined && { nextBefore }) } }
})
