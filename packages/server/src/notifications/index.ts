export {
  listNotifications,
  markAllRead,
  markRead,
  type Notification,
  type NotificationReader,
} from './sql/notifications.ts'
export { resolveNotifications, tellMembers } from './sql/tell-members.ts'
